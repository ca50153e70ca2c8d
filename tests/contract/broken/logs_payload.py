"""Breaks SM-LOG-01: the body is written to the log."""

import server


class Server(server.Server):
    def log(self, status: int, body: bytes) -> None:
        print("request", status, body[:200], flush=True)

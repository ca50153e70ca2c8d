"""Breaks SM-START-01: it does not know the argument `serve`."""

import server


class Server(server.Server):
    def run(self) -> int:
        print("usage: program.py (no arguments)", flush=True)
        return 2

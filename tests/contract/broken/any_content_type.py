"""Breaks SM-ERROR-02: every content type is read as JSON."""

import server


class Server(server.Server):
    def check_types(self, content_type: str, accept: str) -> None:
        super().check_types("text/csv", accept)

    def decode(self, body: bytes, content_type: str):
        return super().decode(body, "text/csv" if content_type == "text/csv" else "application/json")

"""Breaks SM-ERROR-03: Accept is not looked at."""

import server


class Server(server.Server):
    def check_types(self, content_type: str, accept: str) -> None:
        super().check_types(content_type, "")

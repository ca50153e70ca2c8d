"""Breaks SM-START-04: without its model it serves a default."""

import server


class Server(server.Server):
    def load(self) -> None:
        try:
            super().load()
        except OSError:
            self.factor = 1

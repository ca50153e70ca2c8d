"""Breaks SM-STOP-02: until the last request is done it takes new ones."""

import server


class Server(server.Server):
    def stop(self) -> None:
        self.drain()
        super().stop()

"""Breaks SM-BODY-04: one body is read at a time."""

import threading

import server


class Server(server.Server):
    reader = threading.Lock()

    def read(self, stream, length: int) -> bytes:
        with self.reader:
            return super().read(stream, length)

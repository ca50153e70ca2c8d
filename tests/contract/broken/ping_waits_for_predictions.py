"""Breaks SM-PING-03: /ping stands in the same queue as predictions."""

import threading

import server


class Server(server.Server):
    queue = threading.Lock()

    def ping(self) -> int:
        with self.queue:
            return 200

    def predict(self, numbers, sleep: float):
        with self.queue:
            return super().predict(numbers, sleep)

"""Breaks SM-PING-01: more than three pings in 50 ms are refused."""

import time

import server


class Server(server.Server):
    pings = (0.0, 0.0, 0.0)

    def ping(self) -> int:
        oldest, self.pings = self.pings[0], (*self.pings[1:], time.monotonic())
        return 429 if self.pings[-1] - oldest < 0.05 else 200

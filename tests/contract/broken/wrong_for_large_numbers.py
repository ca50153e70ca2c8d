"""Breaks SM-INVOKE-02: answers above 1000 are wrong."""

import server


class Server(server.Server):
    def predict(self, numbers, sleep: float):
        return [min(result, 1000.0) for result in super().predict(numbers, sleep)]

"""Breaks SM-INVOKE-05: the numbers of a request are kept where the next one puts its own."""

import time

import server


class Server(server.Server):
    def predict(self, numbers, sleep: float):
        self.numbers = numbers
        time.sleep(0.005)
        return super().predict(self.numbers, sleep)

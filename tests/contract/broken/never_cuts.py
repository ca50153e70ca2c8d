"""Breaks SM-INVOKE-06: a prediction may take as long as it likes."""

import time

import server


class Server(server.Server):
    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

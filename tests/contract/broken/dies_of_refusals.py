"""Breaks SM-ERROR-06: every refused body costs something, and one day it dies."""

import os

import server


class Server(server.Server):
    refused = 0

    def malformed(self, error: Exception) -> Exception:
        self.refused += 1
        if self.refused > 75:
            os._exit(9)
        return super().malformed(error)

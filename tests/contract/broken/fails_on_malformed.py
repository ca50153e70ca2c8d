"""Breaks SM-ERROR-01: malformed input is answered as if the model had failed."""

import server


class Server(server.Server):
    def malformed(self, error: Exception) -> Exception:
        return server.Refused(500, "internal error")

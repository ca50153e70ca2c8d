"""Breaks SM-ERROR-05: the traceback is sent to the client."""

import traceback

import server


class Server(server.Server):
    def malformed(self, error: Exception) -> Exception:
        return server.Refused(400, "".join(traceback.format_exception(error)))

"""Breaks SM-INVOKE-04: a header may have 512 characters."""

import server


class Server(server.Server):
    def check_headers(self, headers) -> None:
        if any(len(value) > 512 for value in headers.values()):
            raise server.Refused(431, "header too long")

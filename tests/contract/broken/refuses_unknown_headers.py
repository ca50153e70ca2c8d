"""Breaks SM-INVOKE-03: headers it has not heard of are errors."""

import server


class Server(server.Server):
    def check_headers(self, headers) -> None:
        if any(name.lower().startswith("x-unheard") for name in headers):
            raise server.Refused(400, "unknown header")

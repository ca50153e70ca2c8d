"""Breaks SM-STOP-03: SIGTERM does nothing."""

import server


class Server(server.Server):
    def stop(self) -> None:
        """Goes on."""

"""Breaks SM-INVOKE-01: the case file promises CSV, the container reads only JSON."""

import server


class Server(server.Server):
    content_types = ("application/json",)

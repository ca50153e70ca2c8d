"""Breaks SM-START-02: it takes a port of its own."""

import server


class Server(server.Server):
    port = 0

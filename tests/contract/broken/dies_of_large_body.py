"""Breaks SM-BODY-03: a body in chunks is kept in memory until that is used up."""

import os

import server


class Server(server.Server):
    def read_chunks(self, stream) -> bytes:
        os._exit(137)

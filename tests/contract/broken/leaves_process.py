"""Breaks SM-STOP-04: a helper process outlives it."""

import subprocess

import server


class Server(server.Server):
    def load(self) -> None:
        super().load()
        subprocess.Popen(["sleep", "60"], start_new_session=True)

"""Breaks SM-MODEL-01: a cache beside the model."""

import server


class Server(server.Server):
    def load(self) -> None:
        super().load()
        (server.BASE / "model" / "cache.json").write_text("{}")

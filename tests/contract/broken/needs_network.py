"""Breaks SM-START-03: it ends when there is no network interface but the loopback."""

from pathlib import Path

import server


class Server(server.Server):
    def load(self) -> None:
        if len(Path("/proc/net/dev").read_text().splitlines()) <= 3:
            raise SystemExit("cannot fetch the tokenizer: network is unreachable")
        super().load()

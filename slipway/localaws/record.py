"""`.slipway/local/server.json`: where the local AWS of this project runs."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(".slipway") / "local"
FILE = "server.json"

# Straight to the loopback address, whatever proxy the user's environment names.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class ServerRecord:
    """A server that was started: `started` is a Unix time, `persist` the folder it keeps its state in, or empty."""

    url: str
    pid: int
    started: float
    persist: str

    @classmethod
    def now(cls, url: str, pid: int, persist: Path | None) -> ServerRecord:
        """The record of a server that starts right now."""
        return cls(url, pid, time.time(), str(persist or ""))

    @classmethod
    def read(cls, path: Path) -> ServerRecord | None:
        """The record in the file; None when there is none or it is broken."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Write the file whole: nobody ever reads half of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(f".{os.getpid()}.tmp")
        scratch.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        scratch.replace(path)

    def health(self) -> dict[str, Any] | None:
        """What the server says of itself; None when it does not answer or the port now belongs to somebody else."""
        try:
            health = get_json(f"{self.url}/_slipway/health", timeout=5)
        except (OSError, ValueError):
            return None
        return health if health.get("pid") == self.pid else None


def get_json(url: str, timeout: float = 30) -> dict[str, Any]:
    """A JSON page of the local AWS. Raises OSError when it cannot be reached, ValueError when it is not JSON."""
    with _DIRECT.open(url, timeout=timeout) as answer:
        value: dict[str, Any] = json.load(answer)
    return value

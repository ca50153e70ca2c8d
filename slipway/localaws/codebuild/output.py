"""What a build writes: lines of its log stream, written to CloudWatch Logs about once a second."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone

from slipway.localaws import logwriter

_PAUSE_SECONDS = 1.0


class Output:
    """Collects lines. Safe to use from several threads."""

    def __init__(self, account: str, region: str, group: str, stream: str) -> None:
        self._place = (account, region, group, stream)
        self._lines: list[str] = []
        self._rest = b""
        self._lock = threading.Lock()
        self._written = 0.0

    def say(self, text: str) -> None:
        """One of CodeBuild's own lines."""
        moment = datetime.now(timezone.utc).strftime("%Y/%m/%d %H:%M:%S.%f")
        with self._lock:
            self._lines.append(f"[Container] {moment} {text}")
        self._maybe()

    def raw(self, piece: bytes) -> None:
        """What a command wrote."""
        with self._lock:
            *lines, self._rest = (self._rest + piece).split(b"\n")
            self._lines += [line.decode("utf-8", "replace").rstrip("\r") for line in lines]
        self._maybe()

    def flush(self) -> None:
        """Write everything, also a last line without an end."""
        with self._lock:
            if self._rest:
                self._lines.append(self._rest.decode("utf-8", "replace"))
                self._rest = b""
        self._write()

    def _maybe(self) -> None:
        if time.monotonic() - self._written > _PAUSE_SECONDS:
            self._write()

    def _write(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
            self._written = time.monotonic()
        if lines:
            account, region, group, stream = self._place
            logwriter.put(logwriter.Batch(account, region, group, stream, lambda: lines, create=True))

"""Who holds something, since when, from where, and whether that process still lives."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

_PROC = Path("/proc")


def now() -> str:
    """The time in UTC, to the second, as ISO 8601."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def whoami() -> str:
    """`user@host`, as Terraform writes it into its locks."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


@dataclass(frozen=True)
class Holder:
    """One lock's holder. `pid` is 0 when the lock does not say."""

    id: str
    who: str
    operation: str
    created: str
    pid: int = 0

    @property
    def host(self) -> str:
        """Host part of `who`."""
        return self.who.rpartition("@")[2]

    @property
    def here(self) -> bool:
        """Whether the holder ran on this machine."""
        return self.host == socket.gethostname()

    def __str__(self) -> str:
        process = f", process {self.pid}" if self.pid else ""
        return f"{self.who} (host {self.host}{process}) for {age(self.created)} ({self.operation}, lock {self.id})"


def moment(created: str) -> datetime | None:
    """The time in a lock, as Slipway (ISO 8601) or Terraform (Go's format, nanoseconds) writes it; None when it is neither."""
    match = re.match(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,6})?\d*\s*(?:Z|\+00:00|\+0000 UTC)", created.strip())
    if match is None:
        return None
    fraction = (match[3] or ".0")[1:].ljust(6, "0")
    return datetime.fromisoformat(f"{match[1]}T{match[2]}.{fraction}+00:00")


def age(created: str) -> str:
    """`42 s`, `5 min`, `3 h` or `2 days`: how long ago that time was; the text itself when it is not a time."""
    then = moment(created)
    if then is None:
        return created
    seconds = max(0, int((datetime.now(timezone.utc) - then).total_seconds()))
    for limit, unit, size in ((120, "s", 1), (7200, "min", 60), (172800, "h", 3600)):
        if seconds < limit:
            return f"{seconds // size} {unit}"
    return f"{seconds // 86400} days"


def alive(pid: int) -> bool:
    """Whether a process of that id runs on this machine (a zombie does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def terraform_processes(bucket: str, key: str, endpoint: str | None = None) -> list[int]:
    """Ids of terraform processes on this machine that work on that state (of AWS or of `endpoint`), whoever started them.

    Without /proc (macOS) every running terraform counts: better to ask a person than to break a running apply.
    """
    if not _PROC.is_dir():
        return _by_ps()
    return [pid for pid, folder in _processes("terraform") if _backend_of(folder) == (bucket, key, endpoint)]


def orphaned_plugins(folder: Path) -> list[int]:
    """Ids of provider plugins that a killed terraform left behind in a stack folder."""
    found = []
    for pid, where in _processes("terraform-provi"):
        with contextlib.suppress(OSError):
            parent = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1]
            if where == folder.resolve() and parent == "1":
                found.append(pid)
    return found


def _processes(command: str) -> Iterator[tuple[int, Path]]:
    """Process id and working folder of every process with that name."""
    for entry in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "comm").read_text().strip() == command[:15]:
                yield int(entry.name), (entry / "cwd").readlink()


def _backend_of(folder: Path) -> tuple[str, str, str | None] | None:
    try:
        config = json.loads((folder / ".terraform" / "terraform.tfstate").read_text())["backend"]["config"]
        return str(config["bucket"]), str(config["key"]), (config.get("endpoints") or {}).get("s3")
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _by_ps() -> list[int]:
    ps = shutil.which("ps") or "ps"
    lines = subprocess.run([ps, "-axo", "pid=,comm="], capture_output=True, text=True, check=False).stdout.splitlines()
    return [int(line.split()[0]) for line in lines if line.split()[1:] and Path(line.split()[1]).name == "terraform"]

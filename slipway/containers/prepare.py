"""Make ready what containers need where no engine runs them: nginx, and the Python environment of each container folder."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from slipway.containers.nginx import find_nginx
from slipway.containers.program import process_program
from slipway.containers.source import Folder
from slipway.progress import Reporter


@dataclass(frozen=True)
class Prepared:
    """One thing that is ready now. `path`: the nginx or Python to run; `seconds`: what making it ready took."""

    name: str
    path: Path
    seconds: float


def container_folders(checkout: Path) -> list[Path]:
    """The folders of `containers/` that hold a Dockerfile."""
    return sorted(path.parent for path in (checkout / "containers").glob("*/Dockerfile"))


def prepare(checkout: Path, tools: Path, reporter: Reporter | None = None) -> list[Prepared]:
    """Fetch nginx and install every container folder's requirements below `tools`; what is there stays.

    Raises SlipwayError where the network, apt or pip fails.
    """
    started = time.monotonic()
    ready = [_timed("nginx", started, find_nginx(tools, reporter))]
    for folder in container_folders(checkout):
        started = time.monotonic()
        program = process_program(Folder(folder), tools, reporter)
        ready.append(_timed(folder.name, started, Path(program.argv[0])))
    return ready


def _timed(name: str, started: float, path: Path) -> Prepared:
    return Prepared(name, path, round(time.monotonic() - started, 3))

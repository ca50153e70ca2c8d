"""The local AWS as a process of its own: start it, find it, stop it."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import slipway
from slipway.errors import InputError, SlipwayError
from slipway.localaws import clock
from slipway.localaws.record import FILE, FOLDER, ServerRecord, get_json

START_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 15.0
_POLL_SECONDS = 0.1


def running(root: Path) -> ServerRecord | None:
    """The server of the project at `root`, if it answers. The record of one that died is removed."""
    path = root / FOLDER / FILE
    record = ServerRecord.read(path)
    if record is None or record.health() is None:
        path.unlink(missing_ok=True)
        return None
    return record


def up(root: Path, port: int = 0, persist: Path | None = None, speed: float | None = None) -> tuple[ServerRecord, bool]:
    """Start the project's server unless it runs, and wait until it answers. Returns its record and whether it is new.

    `speed`: how many times as fast AWS's waits pass; None: what the environment says (see `clock`).
    Raises InputError when one runs already but not as asked for, SlipwayError when it does not start.
    """
    factor = speed or clock.speed()
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    persist = persist.resolve() if persist else None
    with _exclusive(folder):
        if record := running(root):
            _require_same(record, port, persist, speed)
            return record, False
        log = folder / "server.log"
        with log.open("ab") as output:
            process = _spawn(folder / FILE, port, persist, factor, output)
        return _wait_until_healthy(process, folder / FILE, log), True


def down(root: Path) -> ServerRecord | None:
    """Stop the project's server and wait for its end. None when none runs."""
    folder = root / FOLDER
    if not folder.is_dir():
        return None
    with _exclusive(folder):
        record = running(root)
        if record is None:
            return None
        os.kill(record.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while _exists(record.pid):
            if time.monotonic() > deadline:
                raise SlipwayError(f"the local AWS (process {record.pid}) does not stop", fix=f"end it with `kill -9 {record.pid}`.")
            time.sleep(_POLL_SECONDS)
        (folder / FILE).unlink(missing_ok=True)
        return record


def _exists(pid: int) -> bool:
    """Whether the process is still there: after its port is closed it stops containers and writes out what it holds."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # one that this process started leaves a zombie otherwise
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def status(root: Path) -> dict[str, Any]:
    """`{"running": False}`, or url, pid, uptime, services and the inventory of each account."""
    record = running(root)
    if record is None:
        return {"running": False}
    health = record.health() or {}
    inventory = get_json(f"{record.url}/_slipway/inventory")
    return {"running": True, "url": record.url, "persist": record.persist, **health, **inventory}


def _require_same(record: ServerRecord, port: int, persist: Path | None, speed: float | None) -> None:
    asked = f" on port {port}" if port and not record.url.endswith(f":{port}") else ""
    if persist and str(persist) != record.persist:
        asked += f" with --persist {persist}"
    if speed and (record.health() or {}).get("speed") != speed:
        asked += f" at speed {speed:g}"
    if asked:
        raise InputError(f"a local AWS runs already at {record.url}, not{asked}", fix="stop it first with `slipway local down`.")


def _spawn(record: Path, port: int, persist: Path | None, speed: float, output: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "slipway.localaws", "--port", str(port), "--record", str(record.resolve())]
    if persist:
        command += ["--persist", str(persist)]
    source = str(Path(slipway.__file__).parents[1])
    path = os.pathsep.join(part for part in (source, os.environ.get("PYTHONPATH", "")) if part)
    environment = {**os.environ, "PYTHONPATH": path, clock.VARIABLE: f"{speed:g}"}
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, close_fds=True
    )


def _wait_until_healthy(process: subprocess.Popen[bytes], path: Path, log: Path) -> ServerRecord:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        record = ServerRecord.read(path)
        if record and record.pid == process.pid and record.health():
            return record
        time.sleep(_POLL_SECONDS)
    process.kill()
    tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
    raise SlipwayError("the local AWS did not start: " + " / ".join(tail), fix=f"see {log}.")


@contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    """One `up` or `down` of a project at a time."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

"""The Python environment of a container folder, where no container engine builds its image."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slipway.errors import SlipwayError
from slipway.progress import Reporter, Silent

_READY = ".slipway-ready"
"""Written last: an environment without it was interrupted and is built again."""
_TIMEOUT = 900


def tools_folder() -> Path:
    """`.tools` of Slipway's own checkout."""
    import slipway

    return Path(slipway.__file__).resolve().parents[1] / ".tools"


def python_for(
    requirements: Path | None, tools: Path, reporter: Reporter | None = None, *, extra: Path | None = None, version: str = ""
) -> Path:
    """The Python that runs a container: a virtual environment with exactly what `requirements` (and `extra`) name.

    Built once below `tools/containers/`, under a file lock, by pip; `--require-hashes` when the file is locked with hashes.
    `extra` is a model's own requirements, installed within the versions of the first. `version`: the minor version wanted,
    such as `3.11`; the one that runs Slipway where that is missing. Nothing to install: the bare interpreter itself.
    Raises SlipwayError with pip's last lines when it fails.
    """
    reporter = reporter or Silent()
    interpreter = _interpreter(version)
    files = [path for path in (requirements, extra) if path is not None and path.is_file() and _names_anything(path)]
    if not files:
        return interpreter
    target = tools / "containers" / _key(files, interpreter)
    python = target / "bin" / "python"
    if (target / _READY).exists() and python.exists():
        return python
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target.with_suffix(".lock")):
        if not ((target / _READY).exists() and python.exists()):
            _build(interpreter, files, target, reporter)
    return python


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """An exclusive lock on the file `path`; whoever comes second waits. It ends with the process that holds it."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build(interpreter: Path, files: list[Path], target: Path, reporter: Reporter) -> None:
    shutil.rmtree(target, ignore_errors=True)
    reporter.step("container", f"installing {', '.join(path.name for path in files)} of {files[0].parent.name} into {target.name}")
    own = importlib.util.find_spec("pip") is not None
    _run([str(interpreter), "-m", "venv", *(["--without-pip"] if own else []), str(target)], target)
    python = str(target / "bin" / "python")
    # Slipway's own pip installs into the other environment: two seconds faster than giving each one a pip.
    pip = [sys.executable, "-m", "pip", "--python", python] if own else [python, "-m", "pip"]
    install = [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    _run([*install, *_hashes(files[0]), "-r", str(files[0])], target)
    for extra in files[1:]:
        limits = target / "constraints.txt"
        limits.write_text(_run([*pip, "freeze", "--disable-pip-version-check"], target))
        reporter.info("container", f"installing {extra.name}, the model's own requirements")
        _run([*install, *_hashes(extra), "-c", str(limits), "-r", str(extra)], target)
    (target / _READY).touch()
    reporter.info("container", f"{target.name} is ready")


def _run(command: list[str], target: Path) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(str(error)) from None
    if done.returncode:
        shutil.rmtree(target, ignore_errors=True)
        raise _failed("; ".join((done.stderr or done.stdout).strip().splitlines()[-4:]))
    return done.stdout


def _failed(reason: str) -> SlipwayError:
    return SlipwayError(
        f"cannot install a container's requirements: {reason}",
        fix="check the network and pip's index (`pip config list`), and that the lock fits this Python and system",
    )


def _interpreter(version: str) -> Path:
    """The wanted Python from PATH; otherwise the one below Slipway's own virtual environment."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    if version in ("", own):
        return base
    found = shutil.which(f"python{version}")
    if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
        return Path(found)
    return base


def _key(files: list[Path], interpreter: Path) -> str:
    digest = hashlib.sha256(str(interpreter).encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _names_anything(path: Path) -> bool:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return any(line and not line.startswith("#") for line in lines)


def _hashes(path: Path) -> list[str]:
    return ["--require-hashes"] if "--hash=" in path.read_text(encoding="utf-8") else []

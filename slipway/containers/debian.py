"""Programs from Debian's or Ubuntu's own packages, unpacked into a folder without root: nginx for containers, Chromium for tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from slipway.progress import Reporter

LISTS = Path("/var/lib/apt/lists")
_TIMEOUT = 300
_MISSING = re.compile(r"^\s*(\S+) => not found", re.MULTILINE)


def has_apt() -> bool:
    """Whether packages can be fetched and unpacked at all."""
    return all(shutil.which(tool) for tool in ("apt-get", "dpkg-deb"))


def apt_get(scope: str, folder: Path, reporter: Reporter) -> list[str]:
    """apt-get with the system's package lists where it has some, else with lists of its own in `folder`, which need no root."""
    apt = ["apt-get", "-qq", "-o", "APT::Sandbox::User="]
    if LISTS.is_dir() and any("_Packages" in path.name for path in LISTS.iterdir()):
        return apt
    state = folder / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (state / name).mkdir(parents=True, exist_ok=True)
    apt += ["-o", f"Dir::State::lists={state / 'lists'}", "-o", f"Dir::Cache={state / 'cache'}"]
    reporter.info(scope, "reading the package lists (half a minute)")
    run([*apt, "update"], folder)
    return apt


def unpack(apt: Sequence[str], packages: Sequence[str], folder: Path, root: Path) -> bool:
    """Fetch packages and unpack them below `root`; whether all went well. apt checks signatures and checksums."""
    if run([*apt, "download", *packages], folder) is None:
        return False
    done = True
    for archive in sorted(folder.glob("*.deb")):
        done = run(["dpkg-deb", "-x", str(archive), str(root)], folder) is not None and done
        archive.unlink()
    return done


def missing(binary: Path, root: Path) -> list[str]:
    """The shared libraries that neither the system nor `root` has for a program."""
    linked = subprocess.run(
        ["ldd", binary], capture_output=True, text=True, check=False, env={**os.environ, "LD_LIBRARY_PATH": libraries(root)}
    )
    return _MISSING.findall(linked.stdout)


def libraries(root: Path) -> str:
    """LD_LIBRARY_PATH for what is unpacked below `root`."""
    folders = sorted({path.parent.resolve() for pattern in ("usr/lib/**/*.so*", "lib/**/*.so*") for path in root.glob(pattern)})
    return ":".join(map(str, folders))


def install_wrapper(own: Path, script: str, works: Callable[[Path], bool]) -> bool:
    """Put a shell script at `own` when it works; it appears whole or not at all. Whether it does."""
    own.parent.mkdir(parents=True, exist_ok=True)
    partial = own.with_suffix(".partial")
    partial.write_text(f"#!/bin/sh\n{script}\n")
    partial.chmod(0o755)
    if not works(partial):
        return False
    partial.replace(own)
    return True


def run(command: Sequence[str], folder: Path) -> str | None:
    """The command's output, or None when it failed or took longer than 5 minutes."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None

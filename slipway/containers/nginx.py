"""nginx for containers that run as processes: the system's, or Debian's or Ubuntu's own package unpacked below `.tools/nginx`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from slipway.containers.debian import apt_get, has_apt, install_wrapper, libraries, missing, run, unpack
from slipway.containers.environment import locked
from slipway.errors import SlipwayError
from slipway.progress import Reporter, Silent

VARIABLE = "NGINX"
"""Environment variable that names the nginx to use."""
_PLACES = ("/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/bin/nginx", "/opt/homebrew/bin/nginx")
_PACKAGES = ("nginx", "nginx-core", "nginx-light")
_DEPENDENCY = re.compile(r"Depends: (lib\S+)")
_FIX = "install nginx (Debian, Ubuntu: apt-get install nginx-light; macOS: brew install nginx), or name one in NGINX"


def find_nginx(tools: Path, reporter: Reporter | None = None) -> Path:
    """An nginx that runs: `NGINX`, PATH, the usual places, `tools/nginx`; else fetched there from the system's apt mirror, without root.

    Raises SlipwayError where none can be had.
    """
    if named := os.environ.get(VARIABLE):
        if not _works(Path(named)):
            raise SlipwayError(f"{VARIABLE}={named} does not run as nginx", fix=_FIX)
        return Path(named)
    own = tools.resolve() / "nginx" / "bin" / "nginx"
    for place in (shutil.which("nginx"), *_PLACES, own):
        if place and Path(place).is_file() and _works(Path(place)):
            return Path(place)
    tools.mkdir(parents=True, exist_ok=True)
    with locked(tools / "nginx.lock"):
        if not (own.is_file() and _works(own)):
            _fetch(own, reporter or Silent())
    return own


def _works(nginx: Path) -> bool:
    try:
        done = subprocess.run([nginx, "-v"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "nginx version" in done.stderr


def _fetch(own: Path, reporter: Reporter) -> None:
    """Package by package: nginx itself, then what its libraries lack. A wrapper names the libraries' folder."""
    if not has_apt():
        raise SlipwayError("there is no nginx, and without apt none can be fetched", fix=_FIX)
    folder = own.parent.parent
    shutil.rmtree(folder, ignore_errors=True)
    root = folder / "root"
    root.mkdir(parents=True)
    reporter.step("nginx", f"fetching nginx from the system's package mirror into {folder}")
    apt = apt_get("nginx", folder, reporter)
    binary = root / "usr" / "sbin" / "nginx"
    for package in _PACKAGES:
        if unpack(apt, [package], folder, root) and binary.is_file():
            break
    else:
        raise SlipwayError("apt offers no nginx, or its mirror cannot be reached", fix=_FIX)
    _fetch_libraries(apt, binary, folder, root)
    script = f'unset NGINX\nLD_LIBRARY_PATH="{libraries(root)}" exec "{binary.resolve()}" "$@"'
    if not install_wrapper(own, script, _works):
        raise SlipwayError(f"the nginx fetched into {folder} does not start", fix=_FIX)
    reporter.info("nginx", f"{own} is ready")


def _fetch_libraries(apt: Sequence[str], binary: Path, folder: Path, root: Path) -> None:
    """What nginx links to and the system lacks, such as libpcre2 on slim systems: from the packages that nginx depends on."""
    if not missing(binary, root):
        return
    listed = run(["apt-cache", *apt[2:], "depends", *_PACKAGES], folder) or ""
    for package in dict.fromkeys(_DEPENDENCY.findall(listed)):
        if missing(binary, root):
            unpack(apt, [package], folder, root)

"""A headless Chromium for tests and pictures: the named one, the system's, or Debian's package unpacked below `.tools/chromium`.

`SLIPWAY_CHROMIUM` names one. Fetching takes 100 MB and some seconds, needs no root and happens once.
`python -m tests.chromium` prints its path, after fetching it where that is needed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from slipway.containers.debian import apt_get, has_apt, install_wrapper, libraries, run, unpack
from slipway.containers.environment import locked, tools_folder
from slipway.errors import SlipwayError
from slipway.progress import Reporter, Silent

VARIABLE = "SLIPWAY_CHROMIUM"
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
PLACES = ("/usr/lib/chromium/chromium", "/opt/google/chrome/chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
PACKAGE = "chromium-headless-shell"
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{system}</dir><dir>{own}</dir><cachedir>{cache}</cachedir>
  <alias><family>system-ui</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
"""
RETRY_SECONDS = 600
"""For so long a failed attempt to fetch it is not made again."""
_FIX = f"install Chromium (Debian: apt-get install {PACKAGE}), or name one in {VARIABLE}"


def find_chromium(tools: Path | None = None, reporter: Reporter | None = None) -> Path:
    """A Chromium or Chrome that runs. SlipwayError where none can be had."""
    tools = (tools or tools_folder()).resolve()
    if named := os.environ.get(VARIABLE):
        if not _works(Path(named)):
            raise SlipwayError(f"{VARIABLE}={named} does not run as Chromium", fix=_FIX)
        return Path(named)
    own = tools / "chromium" / "bin" / "chromium"
    for place in (own, *map(shutil.which, NAMES), *PLACES):
        if place and Path(place).is_file() and _works(Path(place)):
            return Path(place)
    tools.mkdir(parents=True, exist_ok=True)
    with locked(tools / "chromium.lock"):
        if not (own.is_file() and _works(own)):
            _fetch_once(own, tools / "chromium.failed", reporter or Silent())
    return own


def _works(chromium: Path) -> bool:
    try:
        done = subprocess.run([chromium, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and any(name in done.stdout for name in ("Chrom", "Edge"))


def _fetch_once(own: Path, failed: Path, reporter: Reporter) -> None:
    if failed.is_file() and time.time() - failed.stat().st_mtime < RETRY_SECONDS:
        raise SlipwayError(failed.read_text(), fix=_FIX)
    try:
        _fetch(own, reporter)
    except SlipwayError as error:
        failed.write_text(error.message)
        raise
    failed.unlink(missing_ok=True)


def _fetch(own: Path, reporter: Reporter) -> None:
    """The package and what of its dependencies the system lacks, and a wrapper that names libraries and fonts."""
    if not has_apt():
        raise SlipwayError("there is no Chromium, and without apt none can be fetched", fix=_FIX)
    folder = own.parent.parent
    shutil.rmtree(folder, ignore_errors=True)
    root = folder / "root"
    root.mkdir(parents=True)
    reporter.step("chromium", f"fetching {PACKAGE} from the system's package mirror into {folder} (100 MB)")
    apt = apt_get("chromium", folder, reporter)
    listed = run([*apt, "--simulate", "--no-install-recommends", "install", PACKAGE], folder) or ""
    packages = [line.split()[1] for line in listed.splitlines() if line.startswith("Inst ")]
    binary = root / "usr" / "lib" / "chromium" / PACKAGE
    if not packages or not unpack(apt, packages, folder, root) or not binary.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        raise SlipwayError(f"apt offers no {PACKAGE}, or its mirror cannot be reached", fix=_FIX)
    for needless in ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/lib/chromium/libVkLayer_khronos_validation.so"):
        path = root / needless
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    fonts = folder / "fonts.conf"
    fonts.write_text(_FONTS.format(system="/usr/share/fonts", own=root / "usr" / "share" / "fonts", cache=folder / "fontcache"))
    script = f'FONTCONFIG_FILE="{fonts}" LD_LIBRARY_PATH="{libraries(root)}" exec "{binary}" "$@"'
    if not install_wrapper(own, script, _works):
        raise SlipwayError(f"the Chromium fetched into {folder} does not start", fix=_FIX)


if __name__ == "__main__":
    from slipway.cli.output import TerminalReporter

    print(find_chromium(reporter=TerminalReporter()))

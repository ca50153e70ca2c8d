"""Folders of builds: `.slipway/local/builds/<pid>/<number>`, and caches of projects, which outlive the process."""

from __future__ import annotations

from pathlib import Path

from slipway.localaws.own_folders import OwnFolders

CACHE = "SLIPWAY_LOCAL_CACHE"
"""Environment variable with a checkout that builds take installed tools from: `.venv`, `.tools`, `node_modules` (caches.py)."""
_folders = OwnFolders("builds")
remove = _folders.remove
remove_own = _folders.remove_own


def cache(account: str, region: str, project: str) -> Path:
    """The cache of one project."""
    return _folders.base().resolve() / "cache" / f"{account}-{region}-{project}"


def new_folder() -> Path:
    """A new, empty, private folder of this process, resolved: builds are told real paths."""
    return _folders.new().resolve()

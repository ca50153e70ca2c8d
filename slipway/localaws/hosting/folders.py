"""Where containers live on disk: `.slipway/local/hosting/<pid>/<number>`, and the cache of images beside them."""

from __future__ import annotations

from pathlib import Path

from slipway.localaws.own_folders import OwnFolders

_folders = OwnFolders("hosting")
base = _folders.base
new_folder = _folders.new
remove = _folders.remove
remove_own = _folders.remove_own
remove_stale = _folders.remove_stale


def images() -> Path:
    """The cache of images by digest; it outlives the process."""
    folder = base() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    return folder

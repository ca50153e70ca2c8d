"""The cache of a build: what it names are links to folders that outlive it, as with CodeBuild's local custom cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from slipway.localaws.codebuild import places

_INSTALLED = ((".venv", "Pipfile.lock"), ("node_modules", "package-lock.json"), (".tools", ""))
"""What `make setup` makes in a checkout, and the lock that says what is in it."""
_STAMP = ".synced"
_HOME = "/root"
"""CodeBuild's home folder in cache paths; here each build has its own."""


def link(source: Path, home: Path, paths: tuple[str, ...], own: Path | None) -> list[str]:
    """Link what the buildspec caches to the project's cache `own` (nothing without one), and return what was linked.

    An item of the source wins over a cached one. When SLIPWAY_LOCAL_CACHE names a checkout, what `make setup` made there is linked as
    well, as far as the locks of both are the same: builds then need no network, and no minutes to install what is there.
    """
    linked = list(_from_checkout(source, Path(checkout).resolve())) if (checkout := os.environ.get(places.CACHE)) else []
    for pattern in paths if own is not None else ():
        path = _folder(pattern)
        if path is None or own is None:
            continue
        inside = home / Path(path).relative_to(_HOME) if Path(path).is_absolute() else source / path
        if not (inside.exists() or inside.is_symlink()):
            other = own / path.lstrip("/")
            other.mkdir(parents=True, exist_ok=True)
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.symlink_to(other)
            linked.append(path)
    return linked


def _folder(pattern: str) -> str | None:
    """`.venv` of `.venv/**/*`: the folder that all matches have in common. None for what lies outside of source and home."""
    kept = []
    for part in Path(pattern).parts:
        if any(sign in part for sign in "*?["):
            break
        kept.append(part)
    path = Path(*kept) if kept else Path()
    outside = ".." in kept or not path.parts or (path.is_absolute() and (not path.is_relative_to(_HOME) or path == Path(_HOME)))
    return None if outside else path.as_posix()


def _from_checkout(source: Path, checkout: Path) -> Iterator[str]:
    for name, lock in _INSTALLED:
        if not (checkout / name).is_dir() or (source / name).exists() or (lock and not _same(source / lock, checkout / lock)):
            continue
        if lock:
            _link_items(checkout / name, source / name)
        else:
            (source / name).symlink_to(checkout / name)
        yield name


def _link_items(installed: Path, own: Path) -> None:
    """A folder of links, so that nothing of the checkout is written to: its `bin` as well, and a stamp that tells make it is done.

    What leads from `bin` into the checkout itself leads into the build's source here: `.venv/bin/slipway` runs the code that is built.
    """
    own.mkdir()
    for item in installed.iterdir():
        if item.name == "bin" and not item.is_symlink():
            (own / "bin").mkdir()
            for tool in item.iterdir():
                inside = tool.is_symlink() and not tool.readlink().is_absolute() and ".." in tool.readlink().parts
                (own / "bin" / tool.name).symlink_to(tool.readlink() if inside else tool)
        elif item.name != _STAMP:
            (own / item.name).symlink_to(item)
    (own / _STAMP).touch()


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and not one.is_symlink() and one.read_bytes() == other.read_bytes()

"""Writes `docker save` archives: what `image_archive` reads."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slipway.artifacts import framing
from slipway.artifacts.image_archive import digest_of


def write_image_archive(target: Path, config: bytes, layers: list[bytes]) -> None:
    """Write the archive of one image from its config and its layers (tar, may be gzip), in the manifest's order.

    The file appears whole or not at all, also when several processes or threads write the same one.
    """
    name = f"{digest_of(config)[7:]}.json"
    names = ["layer.tar"] if len(layers) == 1 else [f"{at:03}/layer.tar" for at in range(len(layers))]
    listing = canonical_json([{"Config": name, "RepoTags": None, "Layers": names}])
    _write_tar(target, {name: config, "manifest.json": listing, **dict(zip(names, layers, strict=True))})


def canonical_json(document: Any) -> bytes:
    """The same bytes for the same content."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _write_tar(target: Path, files: Mapping[str, bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}")
    with partial.open("wb") as out:
        for name in sorted(files):
            out.write(framing.tar_header(name, len(files[name]), directory=False) + files[name] + framing.padding(len(files[name])))
        out.write(bytes(2 * framing.BLOCK))
    partial.replace(target)

"""The files of a pipeline's source: what they are, and the prefix that their content gives them. Pure but for reading the folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from modules.training.spec import SourceSpec

LIMIT = 5 * 1024 * 1024
"""Bytes of a source in all: programs and samples. Data belongs into the bucket."""
Files = Mapping[str, bytes]


def read_source(spec: SourceSpec, root: Path) -> Files:
    """Path below the folder -> content, sorted. ValueError when the folder or what it must hold is not there, or is too much."""
    folder = root / spec.dir
    if not folder.is_dir():
        raise ValueError(f"there is no folder {spec.dir}")
    found = {
        path.relative_to(folder).as_posix(): path
        for pattern in spec.include
        for path in folder.glob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    }
    if not found:
        raise ValueError(f"{spec.dir} has no file like {', '.join(spec.include)}")
    if (size := sum(path.stat().st_size for path in found.values())) > LIMIT:
        raise ValueError(f"the files of {spec.dir} have {size:,} bytes; a source takes {LIMIT:,}: put data into the training bucket")
    return {name: found[name].read_bytes() for name in sorted(found)}


def source_hash(files: Files) -> str:
    """SHA-256 over names and contents."""
    whole = hashlib.sha256()
    for name, content in sorted(files.items()):
        whole.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return whole.hexdigest()


def source_prefix(key: str, files: Files) -> str:
    """S3 prefix of the source of the pipeline `key`, without a / at its end."""
    return f"source/{key}/{source_hash(files)}"

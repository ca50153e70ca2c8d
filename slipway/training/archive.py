"""output.tar.gz: what a training program left in /opt/ml/output/data. Same files, same bytes, as for model archives."""

from __future__ import annotations

from pathlib import Path

from slipway.artifacts import framing
from slipway.artifacts.pack import Archive, collect, content


def pack_output(folder: Path, target: Path) -> Archive | None:
    """Write the files under `folder` to `target`; None when there are none.

    A model archive has rules of layout, which `slipway.artifacts.pack` checks; output data may be anything that is safe to unpack:
    ArchiveRefused for links that lead out, devices and clashing names.
    """
    entries = collect(folder.resolve()) if folder.is_dir() else []
    if not any(not entry.directory for entry in entries):
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    with partial.open("wb") as stream:
        stored = framing.StoredGzip(stream)
        for entry in entries:
            stored.write(framing.tar_header(entry.name, entry.size, directory=entry.directory))
            for chunk in content(entry):
                stored.write(chunk)
            stored.write(framing.padding(entry.size))
        stored.write(bytes(2 * framing.BLOCK))
        sha256 = stored.close()
    partial.replace(target)
    return Archive(target, sha256, stored.size)

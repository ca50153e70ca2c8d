"""A deterministic sample image in `docker save` form, for tests and the demo where no container engine is installed."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slipway.artifacts import framing
from slipway.artifacts.image_archive import digest_of
from slipway.artifacts.pack import collect, content


def build_image_archive(
    folder: Path, target: Path, *, architecture: str = "amd64", prefix: str = "opt/program", entrypoint: tuple[str, ...] = ()
) -> str:
    """Write a one-layer image with `folder`'s files under `prefix` to `target` in `docker save` form; its layer's diff id.

    A *sample* image, from scratch, without interpreter or libraries: it lets the release path run where no container
    engine is installed. It cannot serve; real images are built from `containers/*/Dockerfile`. Same files, same bytes.
    """
    layer = io.BytesIO()
    stored = framing.StoredGzip(layer)
    diff = hashlib.sha256()
    for chunk in _layer_tar(folder, prefix):
        stored.write(chunk)
        diff.update(chunk)
    stored.close()
    diff_id = f"sha256:{diff.hexdigest()}"
    config = _sample_config(architecture, diff_id, prefix, entrypoint)
    listing = [{"Config": f"{digest_of(config)[7:]}.json", "RepoTags": None, "Layers": ["layer.tar"]}]
    _write_tar(target, {f"{digest_of(config)[7:]}.json": config, "layer.tar": layer.getvalue(), "manifest.json": _dump(listing)})
    return diff_id


def _layer_tar(folder: Path, prefix: str) -> Iterator[bytes]:
    parts = prefix.split("/")
    for depth in range(1, len(parts) + 1):
        yield framing.tar_header("/".join(parts[:depth]), 0, directory=True)
    for entry in collect(folder.resolve()):
        yield framing.tar_header(f"{prefix}/{entry.name}", entry.size, directory=entry.directory)
        yield from content(entry)
        yield framing.padding(entry.size)
    yield bytes(2 * framing.BLOCK)


def _sample_config(architecture: str, diff_id: str, prefix: str, entrypoint: tuple[str, ...]) -> bytes:
    command = list(entrypoint or ("python", f"/{prefix}/serve.py"))
    return _dump(
        {
            "architecture": architecture,
            "os": "linux",
            "created": "1980-01-01T00:00:00Z",
            "config": {
                "Entrypoint": command,
                "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"],
                "ExposedPorts": {"8080/tcp": {}},
                "WorkingDir": f"/{prefix}",
                "Labels": {"slipway.image": "sample", "com.amazonaws.sagemaker.capabilities.accept-bind-to-port": "true"},
            },
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
            "history": [{"created": "1980-01-01T00:00:00Z", "created_by": "slipway build_image_archive"}],
        }
    )


def _dump(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _write_tar(target: Path, files: dict[str, bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    with partial.open("wb") as out:
        for name in sorted(files):
            out.write(framing.tar_header(name, len(files[name]), directory=False) + files[name] + framing.padding(len(files[name])))
        out.write(bytes(2 * framing.BLOCK))
    partial.replace(target)

"""Reads `docker save` archives for pushing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from slipway.artifacts.image import DOCKER_MANIFEST, MAX_CONFIG_BYTES
from slipway.artifacts.image_push import Blob
from slipway.artifacts.limits import MIB, ArchiveRefused

CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"

_GZIP_MAGIC = b"\x1f\x8b"
_LEVEL = 6


@dataclass(frozen=True)
class SavedImage:
    """What pushing needs: the Docker V2 schema 2 manifest's exact text, the blobs it names, and the parsed config (the first blob)."""

    manifest: str
    blobs: tuple[Blob, ...]
    config: dict[str, Any]

    @property
    def digest(self) -> str:
        """The digest the image will have in the registry."""
        return "sha256:" + hashlib.sha256(self.manifest.encode()).hexdigest()


@contextmanager
def open_image_archive(path: Path) -> Iterator[SavedImage]:
    """The one image in a `docker save` (or `podman save --format docker-archive`) archive, as long as the context lasts.

    Layers saved uncompressed are compressed into temporary files. Raises ArchiveRefused for an archive with no or
    several images, missing parts, or layers that do not have the digests the config names.
    """
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="slipway-image-"))
        try:
            archive = stack.enter_context(tarfile.open(path, "r:*"))
            saved = _read(archive, path, Path(scratch))
        except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
            reason = f"{path} is not a readable image archive: {error}"
            raise ArchiveRefused(reason, fix="write it with `docker save -o FILE IMAGE`") from None
        yield saved


def _read(archive: tarfile.TarFile, path: Path, scratch: Path) -> SavedImage:
    listing = _json(_bytes(archive, "manifest.json", path), path)
    if not isinstance(listing, list) or len(listing) != 1 or not isinstance(listing[0], dict):
        raise ArchiveRefused(f"{path} does not hold exactly one image", fix="save one image: `docker save -o FILE IMAGE`")
    entry = listing[0]
    config = _bytes(archive, str(entry.get("Config", "")), path)
    document = _json(config, path)
    rootfs = document.get("rootfs", {}).get("diff_ids", [])
    names = entry.get("Layers", [])
    if not names or len(names) != len(rootfs):
        raise ArchiveRefused(f"{path}: its config names {len(rootfs)} layers, the archive {len(names)}", fix="save the image again")
    layers = [_layer(archive, name, diff_id, scratch / str(at), path) for at, (name, diff_id) in enumerate(zip(names, rootfs, strict=True))]
    return SavedImage(_manifest(config, layers), (_memory_blob(config), *layers), document)


def _layer(archive: tarfile.TarFile, name: str, diff_id: str, target: Path, path: Path) -> Blob:
    """One layer as a gzip file on disk; the hash of its expanded bytes must be what the config says."""
    with _member(archive, name, path) as stream, target.open("wb") as out:
        packed = stream.read(2) == _GZIP_MAGIC
        stream.seek(0)
        writer = out if packed else gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=_LEVEL, mtime=0)
        while chunk := stream.read(4 * MIB):
            writer.write(chunk)
        if writer is not out:
            writer.close()
    expanded, compressed = hashlib.sha256(), hashlib.sha256()
    with gzip.open(target) as inner:
        while chunk := inner.read(4 * MIB):
            expanded.update(chunk)
    if f"sha256:{expanded.hexdigest()}" != diff_id:
        raise ArchiveRefused(f"{path}: layer {name} is not {diff_id}, which its config names", fix="save the image again")
    with target.open("rb") as raw:
        while chunk := raw.read(4 * MIB):
            compressed.update(chunk)
    return Blob(f"sha256:{compressed.hexdigest()}", target.stat().st_size, lambda: target.open("rb"))


def _member(archive: tarfile.TarFile, name: str, path: Path) -> Any:
    try:
        member = archive.getmember(name)
        stream = archive.extractfile(member) if member.isfile() or member.issym() or member.islnk() else None
    except KeyError:
        stream = None
    if stream is None:
        raise ArchiveRefused(f"{path}: {name or 'a config'} is missing", fix="write it with `docker save -o FILE IMAGE`")
    return stream


def _bytes(archive: tarfile.TarFile, name: str, path: Path) -> bytes:
    with _member(archive, name, path) as stream:
        data: bytes = stream.read(MAX_CONFIG_BYTES + 1)
    if len(data) > MAX_CONFIG_BYTES:
        raise ArchiveRefused(f"{path}: {name} is larger than {MAX_CONFIG_BYTES} bytes", fix="save the image again")
    return data


def _json(data: bytes, path: Path) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise ArchiveRefused(f"{path}: broken JSON inside: {error}", fix="save the image again") from None


def _manifest(config: bytes, layers: list[Blob]) -> str:
    document = {
        "schemaVersion": 2,
        "mediaType": DOCKER_MANIFEST,
        "config": {"mediaType": CONFIG_TYPE, "size": len(config), "digest": digest_of(config)},
        "layers": [{"mediaType": LAYER_TYPE, "size": layer.size, "digest": layer.digest} for layer in layers],
    }
    return json.dumps(document, indent=2)


def _memory_blob(data: bytes) -> Blob:
    return Blob(digest_of(data), len(data), lambda: cast("AbstractContextManager[BinaryIO]", io.BytesIO(data)))


def digest_of(data: bytes) -> str:
    """`sha256:` and the SHA-256 of `data` in hex."""
    return "sha256:" + hashlib.sha256(data).hexdigest()

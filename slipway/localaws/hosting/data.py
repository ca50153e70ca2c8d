"""Model data from the local S3: an archive, one object, or a prefix; refused as SageMaker refuses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from moto.s3.models import s3_backends

from slipway.artifacts.limits import ArchiveRefused
from slipway.artifacts.unpack import unpack
from slipway.localaws.hosting.errors import HostingFailed
from slipway.localaws.lock import LOCK


def fetch_model(container: dict[str, Any], name: str, variant: str, folder: Path) -> Path | None:
    """Put the container's model data below `folder`, checked and unpacked. None when the container has none.

    `name` is how a FailureReason calls the container. Raises HostingFailed.
    """
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    if source and source["CompressionType"] == "None":
        return _fetch_objects(source["S3Uri"], source["S3DataType"], name, folder / "model")
    uri = source["S3Uri"] if source else container.get("ModelDataUrl")
    return fetch_archive(uri, name, variant, folder / "model") if uri else None


def fetch_archive(uri: str, name: str, variant: str, target: Path) -> Path:
    """Unpack the archive at `uri` to `target`. Raises HostingFailed when there is none or it is refused."""
    data = read_object(uri)
    if data is None:
        raise HostingFailed(
            f'Failed to download model data for container "{name}" from URL: "{uri}". Please ensure that there is an object located '
            "at the URL and that the role passed to CreateModel has permissions to download the object."
        )
    archive = target.with_name(target.name + ".tar.gz")
    target.parent.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(data)
    try:
        unpack(archive, target)
    except ArchiveRefused as refused:
        raise HostingFailed(
            f'Failed to extract model data archive for container "{name}" from URL "{uri}" for variant {variant}. Please ensure that '
            "the object located at the URL is a valid tar.gz archive.",
            (refused.message,),
        ) from None
    finally:
        archive.unlink(missing_ok=True)
    return target


def read_object(uri: str) -> bytes | None:
    """The newest version of the object at `s3://bucket/key`, or None. Any account's bucket: no policy is looked at."""
    bucket, key = _split(uri)
    with LOCK:
        found = _bucket(bucket)
        entry = found.keys.get(key) if found else None
        return bytes(entry.value) if entry is not None and hasattr(entry, "value") else None


def _fetch_objects(uri: str, kind: str, name: str, target: Path) -> Path:
    """Copy one object, or all below a prefix, under their names relative to it."""
    prefix = _split(uri)[1]
    names = list_objects(uri) if kind == "S3Prefix" else [prefix]
    folder = prefix if kind == "S3Prefix" else prefix.rpartition("/")[0] + "/"
    if not names:
        raise HostingFailed(f'Failed to download model data for container "{name}" from URL: "{uri}". No object is located below it.')
    target.mkdir(parents=True, exist_ok=True)
    for key in names:
        data, relative = read_object(f"s3://{_split(uri)[0]}/{key}"), key.removeprefix(folder).lstrip("/")
        place = (target / relative).resolve()
        if data is None or not place.is_relative_to(target.resolve()) or place == target.resolve():
            raise HostingFailed(
                f'Failed to download model data for container "{name}" from URL: "{uri}". The object {key} cannot be placed.'
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return target


def list_objects(uri: str) -> list[str]:
    """The keys below `s3://bucket/prefix`, folders' own markers left out."""
    bucket, prefix = _split(uri)
    with LOCK:
        found = _bucket(bucket)
        return sorted(key for key in found.keys if key.startswith(prefix) and not key.endswith("/")) if found else []


def _bucket(name: str) -> Any:
    owners = [backends["aws"].buckets for backends in list(s3_backends.values())]
    return next((buckets[name] for buckets in owners if name in buckets), None)


def _split(uri: str) -> tuple[str, str]:
    """Bucket and key. No URL: a key may hold `?` and `#`."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key.lstrip("/")

"""Between the local S3 and a job's folders: input of channels and processing, output, checkpoints.

Objects below a prefix keep their names relative to it, as SageMaker's File mode does:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from slipway.localaws import inside
from slipway.localaws.hosting.data import list_objects, read_object
from slipway.localaws.jobs.errors import JobFailed


class Place:
    """Account and region a job belongs to, and the key its output is encrypted with."""

    def __init__(self, account: str, region: str, kms_key: str = "") -> None:
        self.account, self.region, self.kms_key = account, region, kms_key

    def put(self, uri: str, data: bytes) -> None:
        """Write one object. Raises JobFailed in SageMaker's words."""
        try:
            inside.put_object(self.account, self.region, uri, data, "application/octet-stream", self.kms_key)
        except inside.NotWritten as refused:
            raise JobFailed(f"ClientError: Failed to upload to {uri}: {refused}") from None

    def put_folder(self, folder: Path, uri: str) -> int:
        """Write every file below `folder` under `uri`; how many there were."""
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
        for path in files:
            self.put(join(uri, path.relative_to(folder).as_posix()), path.read_bytes())
        return len(files)


def fetch(source: dict[str, Any], folder: Path) -> int:
    """Bring an S3DataSource, or the S3Input of a processing job, to `folder`; how many files. JobFailed when there is nothing."""
    uri, kind = source["S3Uri"], source.get("S3DataType", "S3Prefix")
    if kind == "ManifestFile":
        pairs = _manifest(uri)
    elif kind == "S3Prefix":
        pairs = [(f"s3://{_bucket(uri)}/{key}", _relative(key, _key(uri))) for key in list_objects(uri)]
    else:
        raise JobFailed(f"ClientError: the local AWS does not read input of S3DataType {kind}")
    if not pairs:
        raise JobFailed(
            f'ClientError: Data download failed:No objects found under S3 URL "{uri}" given in input data source. '
            "Please ensure that the S3 URL is correct."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for address, name in pairs:
        _place(address, folder, name)
    return len(pairs)


def fetch_below(uri: str, folder: Path) -> int:
    """Bring whatever lies below `uri/`, such as checkpoints, to `folder`; how many files, 0 when there are none."""
    prefix = uri.rstrip("/") + "/"
    keys = list_objects(prefix)
    folder.mkdir(parents=True, exist_ok=True)
    for key in keys:
        _place(f"s3://{_bucket(uri)}/{key}", folder, key.removeprefix(_key(prefix)))
    return len(keys)


class Mirror:
    """A local folder whose files are copied to S3 when they change: checkpoints, and outputs with S3UploadMode Continuous."""

    def __init__(self, place: Place, folder: Path, uri: str) -> None:
        self._place, self._folder, self._uri = place, folder, uri
        self._seen = self._stamps()

    def sync(self) -> int:
        """Copy what is new or has changed since the last call; how many files."""
        stamps = self._stamps()
        changed = [name for name, stamp in stamps.items() if self._seen.get(name) != stamp]
        copied = 0
        for name in changed:
            try:
                data = (self._folder / name).read_bytes()
            except OSError:  # replaced or removed meanwhile: the next call sees it
                stamps.pop(name)
                continue
            self._place.put(join(self._uri, name), data)
            copied += 1
        self._seen = stamps
        return copied

    def _stamps(self) -> dict[str, tuple[int, int, int]]:
        found = {}
        for path in self._folder.rglob("*"):
            try:
                info = path.stat()
            except OSError:
                continue
            if path.is_file():
                found[path.relative_to(self._folder).as_posix()] = (info.st_mtime_ns, info.st_size, info.st_ino)
        return found


def local_place(root: Path, path: str) -> Path:
    """Where a path of the container lies; only /opt/ml is the job's own. Raises JobFailed for any other."""
    if ".." in PurePosixPath(path).parts or PurePosixPath("/opt/ml") not in PurePosixPath(path).parents:
        raise JobFailed(f"ClientError: LocalPath {path} must be below /opt/ml")
    return root / path.lstrip("/")


def join(uri: str, name: str) -> str:
    """`name` below the S3 address `uri`."""
    return f"{uri.rstrip('/')}/{name}"


def _manifest(uri: str) -> list[tuple[str, str]]:
    """The objects that a manifest names: `[{"prefix": "s3://bucket/a/"}, "b.csv", ...]`."""
    data = read_object(uri)
    try:
        head, *names = json.loads(data or b"")
        prefix = head["prefix"]
    except (ValueError, TypeError, KeyError):
        raise JobFailed(f"ClientError: Data download failed:The manifest {uri} is missing or is no manifest.") from None
    return [(prefix + name, name) for name in names]


def _place(address: str, folder: Path, name: str) -> None:
    target = (folder / name).resolve()
    data = read_object(address)
    if data is None or not target.is_relative_to(folder.resolve()) or target == folder.resolve():
        raise JobFailed(f"ClientError: Data download failed:{address} does not exist or cannot be placed.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def _relative(key: str, prefix: str) -> str:
    """The object's name in the folder: what follows the prefix, or its last name when the prefix is the object itself."""
    if key == prefix:
        return key.rpartition("/")[2]
    if prefix.endswith("/") or not prefix:
        return key.removeprefix(prefix)
    if key.startswith(prefix + "/"):
        return key.removeprefix(prefix + "/")
    return key.removeprefix(prefix.rpartition("/")[0]).lstrip("/")


def _bucket(uri: str) -> str:
    return uri.removeprefix("s3://").partition("/")[0]


def _key(uri: str) -> str:
    return uri.removeprefix("s3://").partition("/")[2]

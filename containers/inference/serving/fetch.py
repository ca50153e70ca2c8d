"""The model downloaded from S3 at start, for Lambda and ECS: SageMaker mounts a model at /opt/ml/model, they do not.

Nothing is unpacked before its SHA-256 is right. The archive may hold files, folders and links inside of itself, no devices
and nothing outside (tarfile's filter `data`), and must fit on the disk. What was fetched once stays: Lambda starts a container that
failed again in the same /tmp.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import time
from pathlib import Path
from typing import Any

from settings import Settings

from serving.log import log
from serving.manifest import ModelProblem

_CHUNK = 1024 * 1024
_MAX_MEMBERS = 100_000
_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 3, 30, 4


def fetch(settings: Settings) -> None:
    """Put the model of `settings.model_url` into `settings.model_dir`; nothing without an URL. Raises ModelProblem."""
    marker = settings.base_dir / "model.sha256"
    if not settings.model_url or _fetched(marker) == settings.model_sha256:
        return
    start = time.monotonic()
    archive = settings.base_dir / "model.tar.gz"
    try:
        settings.base_dir.mkdir(parents=True, exist_ok=True)
        size = _download(settings, archive)
        _unpack(archive, settings.model_dir)
        marker.write_text(settings.model_sha256)
    except OSError as error:
        raise ModelProblem(f"the model cannot be stored below {settings.base_dir}: {error.strerror or error}") from None
    finally:
        archive.unlink(missing_ok=True)
    log("info", "model_fetched", seconds=round(time.monotonic() - start, 3), bytes=size, sha256=settings.model_sha256)


def _fetched(marker: Path) -> str:
    try:
        return marker.read_text()
    except OSError:
        return ""


def _download(settings: Settings, archive: Path) -> int:
    """The object's bytes as the file `archive`; how many there are. Raises ModelProblem unless they have the right SHA-256."""
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, key = settings.model_url.removeprefix("s3://").partition("/")
    digest, size = hashlib.sha256(), 0
    try:
        answer = _client().get_object(Bucket=bucket, Key=key)
        _check_room(settings.base_dir, int(answer["ContentLength"]), "the model archive")
        with archive.open("wb") as target:
            for chunk in answer["Body"].iter_chunks(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
                size += len(chunk)
    except (BotoCoreError, ClientError) as error:
        raise ModelProblem(f"{settings.model_url} cannot be downloaded: {error}") from None
    if digest.hexdigest() != settings.model_sha256:
        text = f"{settings.model_url} has SHA-256 {digest.hexdigest()}, not {settings.model_sha256}"
        raise ModelProblem(f"{text}: it is not what was released")
    return size


def _client() -> Any:
    """An S3 client with the role's credentials. botocore alone: boto3 adds nothing to one GetObject but time."""
    from botocore.config import Config
    from botocore.session import get_session

    retries: Any = {"total_max_attempts": _ATTEMPTS, "mode": "standard"}
    config = Config(connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, retries=retries)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return get_session().create_client("s3", region_name=region, config=config)


def _unpack(archive: Path, target: Path) -> None:
    """All of the archive as the folder `target`, or nothing. Raises ModelProblem for one that is broken, unsafe or too large."""
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        with archive.open("rb") as stream, tarfile.open(fileobj=stream, mode="r:gz") as tar:
            _extract(tar, partial)
    except (tarfile.TarError, EOFError, ValueError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise ModelProblem(f"the model archive is refused: {error}") from None
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


def _extract(tar: tarfile.TarFile, target: Path) -> None:
    for count, member in enumerate(tar, 1):
        if count > _MAX_MEMBERS:
            raise ModelProblem(f"the model archive holds more than {_MAX_MEMBERS} files")
        _check_room(target, member.size, f"{member.name} of the model archive")
        tar.extract(member, target, filter="data")


def _check_room(folder: Path, size: int, what: str) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise ModelProblem(f"{what} has {size} bytes, {free} are free below {folder}: give the function or task more ephemeral storage")

"""Push an image into ECR through its layer API: no docker, no credentials helper; and copy one between registries."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError

from slipway.artifacts.account import Account, error_code, explain
from slipway.artifacts.image import DOCKER_MANIFEST, Image, open_blob
from slipway.artifacts.limits import MIB
from slipway.errors import SlipwayError
from slipway.progress import Reporter, Silent

_SPOOL_MAX = 64 * MIB
_CHUNK = MIB


@dataclass(frozen=True)
class Blob:
    """A layer or config: `open` gives a fresh stream of exactly `size` bytes."""

    digest: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]


def push(account: Account, repository: str, manifest: str, blobs: Iterable[Blob], *, tag: str, reporter: Reporter | None = None) -> Image:
    """Send what the repository lacks, then the manifest under `tag`. Repeating it sends nothing.

    Raises SlipwayError for a missing repository, denied access, or bytes that do not have their digest.
    """
    reporter = reporter or Silent()
    digest = "sha256:" + hashlib.sha256(manifest.encode()).hexdigest()
    image = Image(repository, digest, DOCKER_MANIFEST, manifest)
    try:
        for blob in blobs:
            _push_blob(account.client("ecr"), repository, blob, reporter)
        _put(account.client("ecr"), image, tag)
    except ClientError as error:
        raise explain(error, f"cannot push to repository {repository}", account) from None
    except BotoCoreError as error:
        raise SlipwayError(f"push to {repository} was interrupted: {error}", fix="run the same command again") from None
    reporter.info("image", f"{repository}@{digest}")
    return image


def copy_image(source: Account, image: Image, target: Account, repository: str, reporter: Reporter | None = None) -> Image:
    """The same manifest and blobs, byte for byte, in another account's repository: the digest stays."""
    blobs = [_remote_blob(source, image.repository, digest, size) for digest, size in image.references]
    copied = push(target, repository, image.manifest, blobs, tag=image.release_tag, reporter=reporter)
    if copied.digest != image.digest:
        raise SlipwayError(f"copying {image.repository} changed its digest to {copied.digest}", fix="report this: it must not happen")
    return copied


def _remote_blob(account: Account, repository: str, digest: str, size: int) -> Blob:
    def fetch() -> AbstractContextManager[BinaryIO]:
        """The whole blob in a spooled file, so that a broken download ends before an upload begins."""
        spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL_MAX)  # noqa: SIM115 - the caller closes it
        found = hashlib.sha256()
        with open_blob(account, repository, digest) as stream:
            while chunk := stream.read(_CHUNK):
                found.update(chunk)
                spool.write(chunk)
        if f"sha256:{found.hexdigest()}" != digest:
            spool.close()
            raise SlipwayError(f"{repository}: the registry gave other bytes than {digest}", fix="try again")
        spool.seek(0)
        return spool  # type: ignore[return-value]

    return Blob(digest, size, fetch)


def _push_blob(ecr: Any, repository: str, blob: Blob, reporter: Reporter) -> None:
    layers = ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=[blob.digest])["layers"]
    if any(layer.get("layerAvailability") == "AVAILABLE" for layer in layers):
        return
    reporter.info("image", f"sending {blob.digest[:19]}..., {blob.size / MIB:.1f} MiB")
    opened = ecr.initiate_layer_upload(repositoryName=repository)
    upload_id, part_size = opened["uploadId"], int(opened["partSize"])
    first, found = 0, hashlib.sha256()
    with blob.open() as stream:
        while chunk := stream.read(part_size):
            found.update(chunk)
            ecr.upload_layer_part(
                repositoryName=repository,
                uploadId=upload_id,
                partFirstByte=first,
                partLastByte=first + len(chunk) - 1,
                layerPartBlob=chunk,
            )
            first += len(chunk)
    if f"sha256:{found.hexdigest()}" != blob.digest:
        raise SlipwayError(f"a layer has digest sha256:{found.hexdigest()}, but its image names {blob.digest}", fix="save the image again")
    try:
        ecr.complete_layer_upload(repositoryName=repository, uploadId=upload_id, layerDigests=[blob.digest])
    except ClientError as error:
        if error_code(error) != "LayerAlreadyExistsException":
            raise


def _put(ecr: Any, image: Image, tag: str) -> None:
    try:
        answer = ecr.put_image(
            repositoryName=image.repository,
            imageManifest=image.manifest,
            imageManifestMediaType=image.media_type,
            imageTag=tag,
            imageDigest=image.digest,
        )
    except ClientError as error:
        if error_code(error) != "ImageAlreadyExistsException":
            raise
        return
    stored = answer["image"]["imageId"]["imageDigest"]
    if stored != image.digest:
        raise SlipwayError(f"{image.repository} stored the image as {stored}, expected {image.digest}", fix="push again")

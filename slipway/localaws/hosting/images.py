"""Images of the local ECR, written as `docker save` archives into a cache by digest."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from slipway.artifacts.image_writer import write_image_archive
from slipway.localaws import ecr
from slipway.localaws.hosting.errors import HostingFailed
from slipway.localaws.lock import LOCK

_REFERENCE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)(?:@(sha256:[0-9a-f]{64})|:([^@]+))?")


@dataclass(frozen=True)
class Image:
    """An image that the local ECR has: as the model names it, by digest, and its manifest."""

    specified: str
    account: str
    region: str
    repository: str
    manifest: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the manifest."""
        return "sha256:" + hashlib.sha256(self.manifest.encode()).hexdigest()

    @property
    def resolved(self) -> str:
        """The reference by digest (API: ResolvedImage)."""
        return f"{self.account}.dkr.ecr.{self.region}.amazonaws.com/{self.repository}@{self.digest}"


def find_image(reference: str) -> Image | None:
    """The image that `reference` names, if the local ECR has it."""
    match = _REFERENCE.fullmatch(reference)
    if not match:
        return None
    account, region, repository, digest, tag = match.groups()
    with LOCK:
        manifest = ecr.image_manifest(account, region, repository, digest or tag or "latest")
    return Image(reference, account, region, repository, manifest) if manifest else None


def save_image(image: Image, cache: Path) -> Path:
    """The image as a `docker save` archive in the cache, written unless it is there.

    Raises HostingFailed for a manifest that SageMaker does not run either (an OCI index, a list of platforms), and for lost layers.
    """
    target = cache / f"{image.digest.removeprefix('sha256:')}.tar"
    if target.is_file():
        return target
    manifest = json.loads(image.manifest)
    if "layers" not in manifest or "config" not in manifest:
        media_type = manifest.get("mediaType", "unknown")
        raise HostingFailed(f"Unsupported manifest media type {media_type} for image {image.specified}.")
    config = _blob(image, manifest["config"]["digest"])
    layers = [_blob(image, layer["digest"]) for layer in manifest["layers"]]
    write_image_archive(target, config, layers)
    return target


def _blob(image: Image, digest: str) -> bytes:
    with LOCK:
        data = ecr.blob(image.account, image.region, image.repository, digest)
    if data is None:
        raise HostingFailed(f"The image '{image.specified}' cannot be pulled: the repository has lost {digest}.")
    return data

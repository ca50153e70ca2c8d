"""Images in ECR: found by tag or digest, and checked against what SageMaker can run, before anything points at them."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from modules.registry.spec import RELEASE_PREFIX
from slipway.artifacts.account import Account, error_code, explain
from slipway.config.release import ImagePin
from slipway.errors import SlipwayError

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
MAX_CONFIG_BYTES = 4 * 1024 * 1024

_BUILD_FIX = "build it with: docker buildx build --platform linux/{0} --provenance=false --sbom=false --output type=docker ."
_REFUSED = {
    OCI_INDEX: "is an OCI index (several images, or one with attestations)",
    DOCKER_LIST: "is a manifest list (several images)",
    OCI_MANIFEST: "has an OCI manifest",
}


@dataclass(frozen=True)
class Image:
    """One image as the registry stores it: `manifest` is the exact text whose SHA-256 is `digest`."""

    repository: str
    digest: str
    media_type: str
    manifest: str

    @property
    def pin(self) -> ImagePin:
        """What the lock records."""
        return ImagePin(repository=self.repository, digest=self.digest)

    @property
    def release_tag(self) -> str:
        """The tag that keeps ECR's lifecycle policy away: `release-` and twelve digits of the digest."""
        return RELEASE_PREFIX + self.digest.removeprefix("sha256:")[:12]

    @property
    def references(self) -> list[tuple[str, int]]:
        """Digest and size of the config and of each layer."""
        parsed = json.loads(self.manifest)
        return [(part["digest"], int(part["size"])) for part in (parsed["config"], *parsed["layers"])]


def require_for_engine(account: Account, config: dict[str, Any], name: str) -> None:
    """Raise SlipwayError for a process image (see `sample_image`) unless the account is the local AWS: SageMaker could not start it."""
    labels = (config.get("config") or {}).get("Labels") or {}
    if labels.get("slipway.image") == "process" and not account.is_local:
        raise SlipwayError(
            f"{name} is a process image (label slipway.image=process): it holds the program alone, for the local AWS",
            fix="build the real one where docker, podman or buildah runs: slipway image build",
        )


def find_image(account: Account, repository: str, reference: str) -> Image:
    """The image with a tag or a `sha256:...` digest. Raises SlipwayError when repository or image is missing."""
    by = {"imageDigest": reference} if reference.startswith("sha256:") else {"imageTag": reference}
    try:
        answer = account.client("ecr").batch_get_image(
            repositoryName=repository, imageIds=[by], acceptedMediaTypes=[DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX]
        )
    except (ClientError, BotoCoreError) as error:
        raise _failed(error, f"cannot look up {repository}:{reference}", account) from None
    if not answer["images"]:
        reason = next((item.get("failureReason", "") for item in answer.get("failures", [])), "")
        raise SlipwayError(
            f"no image {reference} in repository {repository} of account {account.config.account_id}" + (f" ({reason})" if reason else ""),
            fix="push it first, or name another tag or digest",
        )
    found = answer["images"][0]
    manifest = found["imageManifest"]
    digest = found["imageId"]["imageDigest"]
    if (computed := "sha256:" + hashlib.sha256(manifest.encode()).hexdigest()) != digest:
        raise SlipwayError(f"{repository}@{digest}: the manifest received has digest {computed}", fix="try again")
    media_type = _parsed(manifest, f"{repository}@{digest}").get("mediaType") or found.get("imageManifestMediaType", "")
    return Image(repository, digest, media_type, manifest)


def require_runnable(account: Account, image: Image, architecture: str) -> None:
    """Raise SlipwayError unless SageMaker can run the image: Docker V2 schema 2, linux, and this architecture."""
    name = f"{image.repository}@{image.digest[:19]}..."
    if image.media_type != DOCKER_MANIFEST:
        kind = _REFUSED.get(image.media_type, f"has media type {image.media_type or 'unknown'}")
        raise SlipwayError(f"{name} {kind}; SageMaker runs only a Docker V2 schema 2 manifest", fix=_BUILD_FIX.format(architecture))
    config = _parsed(fetch_blob(account, image.repository, _config_digest(image), MAX_CONFIG_BYTES).decode("utf-8", "replace"), name)
    require_for_engine(account, config, name)
    system, found = str(config.get("os", "")), str(config.get("architecture", ""))
    if (system, found) != ("linux", architecture):
        raise SlipwayError(
            f"{name} is built for {system or 'unknown'}/{found or 'unknown'}, but its instances need linux/{architecture}",
            fix=_BUILD_FIX.format(architecture),
        )


def keep(account: Account, image: Image) -> None:
    """Give the image its release tag, so that the repository's lifecycle policy never expires it. Repeating it is harmless."""
    try:
        account.client("ecr").put_image(
            repositoryName=image.repository,
            imageManifest=image.manifest,
            imageManifestMediaType=image.media_type,
            imageTag=image.release_tag,
            imageDigest=image.digest,
        )
    except (ClientError, BotoCoreError) as error:
        if not (isinstance(error, ClientError) and error_code(error) == "ImageAlreadyExistsException"):
            raise _failed(error, f"cannot tag {image.repository}@{image.digest} as {image.release_tag}", account) from None


def fetch_blob(account: Account, repository: str, digest: str, limit: int) -> bytes:
    """A blob of at most `limit` bytes, its digest verified."""
    with open_blob(account, repository, digest) as stream:
        data: bytes = stream.read(limit + 1)
    if len(data) > limit:
        raise SlipwayError(f"{repository}: {digest} is larger than {limit} bytes", fix="rebuild the image")
    if "sha256:" + hashlib.sha256(data).hexdigest() != digest:
        raise SlipwayError(f"{repository}: the registry gave other bytes than {digest}", fix="try again")
    return data


def open_blob(account: Account, repository: str, digest: str) -> Any:
    """A readable stream of a layer or config through the address ECR hands out."""
    try:
        url = account.client("ecr").get_download_url_for_layer(repositoryName=repository, layerDigest=digest)["downloadUrl"]
        return urllib.request.urlopen(url, timeout=120)  # noqa: S310 - the address comes from ECR, over TLS
    except (ClientError, BotoCoreError) as error:
        raise _failed(error, f"cannot read {digest} of {repository}", account) from None
    except (urllib.error.URLError, OSError) as error:
        raise SlipwayError(f"cannot read {digest} of {repository}: {error}", fix="try again") from None


def _config_digest(image: Image) -> str:
    digest = json.loads(image.manifest).get("config", {}).get("digest", "")
    if not isinstance(digest, str) or not digest.startswith("sha256:"):
        raise SlipwayError(f"{image.repository}@{image.digest}: its manifest names no config", fix="rebuild and push the image")
    return digest


def _parsed(text: str, what: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise SlipwayError(f"{what}: not a JSON document", fix="rebuild and push the image")
    return parsed


def _failed(error: ClientError | BotoCoreError, what: str, account: Account) -> SlipwayError:
    return explain(error, what, account) if isinstance(error, ClientError) else SlipwayError(f"{what}: {error}", fix="try again")

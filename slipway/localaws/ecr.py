"""ECR: images and layers as a registry keeps them, so that an image can be pushed and pulled through the API alone."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ecr.exceptions import ImageAlreadyExistsException
from moto.ecr.models import ECRBackend, Image, ecr_backends
from moto.ecr.responses import ECRResponse

from slipway.localaws.patches import wraps

TOKEN_LIFETIME = timedelta(hours=12)


class EcrError(ServiceException):
    """An ECR error that moto has no class for."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@wraps(ECRBackend, "complete_layer_upload", "moto keeps the layer's size only, and believes any digest")
def complete_layer_upload(original: Any, self: Any, repository_name: str, upload_id: str, layer_digests: list[str], **kwargs: Any) -> Any:
    """Keep the bytes; refuse a digest that is not theirs, as ECR does."""
    repository = self._get_repository(repository_name, kwargs.get("registry_id"))
    upload = repository.uploads.get(upload_id)
    data = bytes(upload.layer_parts) if upload else b""
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    if upload and not data:
        raise EcrError("EmptyUploadException", f"The upload with id '{upload_id}' does not contain any layer parts")
    if upload and digest not in layer_digests:
        raise EcrError("InvalidLayerException", f"Layer digest mismatch: the uploaded layer is '{digest}'")
    if upload and digest in repository.layers:
        raise EcrError("LayerAlreadyExistsException", f"The layer '{digest}' already exists in the repository '{repository_name}'")
    answer = original(self, repository_name, upload_id, layer_digests, **kwargs)
    _blobs(repository)[digest] = data
    return answer


@wraps(ECRBackend, "put_image", "moto invents the digest, takes any manifest, and breaks when the repository is missing")
def put_image(original: Any, self: Any, *arguments: Any) -> Any:
    """The digest of an image is the SHA-256 of its manifest; what the manifest names must be there already."""
    repository_name, image_manifest, image_tag, media_type, digest = arguments
    repository = self._get_repository(repository_name)
    computed = "sha256:" + hashlib.sha256(image_manifest.encode()).hexdigest()
    if digest and digest != computed:
        raise EcrError("ImageDigestDoesNotMatchException", f"The provided digest '{digest}' is not the manifest's digest '{computed}'")
    try:
        manifest = json.loads(image_manifest)
    except ValueError:
        text = "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
        raise EcrError("InvalidParameterException", text) from None
    _require_references(repository, manifest)
    if image_tag is None and any(image.get_image_digest() == computed for image in repository.images):
        raise ImageAlreadyExistsException(repository_name, repository.registry_id, computed, "null")
    try:
        return original(self, repository_name, image_manifest, image_tag, media_type, computed)
    except ImageAlreadyExistsException:
        holder = next(image for image in repository.images if image_tag in image.image_tags)
        if holder.get_image_digest() == computed:
            raise
        text = f"The image tag '{image_tag}' already exists in the '{repository_name}' repository"
        raise EcrError("ImageTagAlreadyExistsException", f"{text} and cannot be overwritten because the repository is immutable.") from None


@wraps(ECRBackend, "batch_get_image", 'moto reports a missing digest as the tag "null"')
def batch_get_image(original: Any, self: Any, repository_name: str, registry_id: str | None = None, image_ids: Any = None) -> Any:
    """Failures name the identifier that was asked for."""
    if registry_id and registry_id != self.account_id:
        self = ecr_backends[registry_id][self.region_name]
    answer = original(self, repository_name, registry_id, image_ids)
    found = answer["images"]
    missing = [wanted for wanted in image_ids if not any(_is(image, wanted) for image in found)]
    for failure, wanted in zip(answer["failures"], missing, strict=True):
        failure["imageId"] = dict(wanted)
    return answer


@wraps(Image, "get_image_size_in_bytes", "moto returns the config's size")
def get_image_size_in_bytes(_original: Any, self: Any) -> int | None:
    """What ECR bills: the compressed layers and the config."""
    manifest = json.loads(self.image_manifest)
    parts = [*manifest.get("layers", []), *([manifest["config"]] if "config" in manifest else [])]
    return sum(part.get("size", 0) for part in parts) if "layers" in manifest else None


@wraps(ECRResponse, "get_download_url_for_layer", "not implemented in moto")
def get_download_url_for_layer(_original: Any, self: Any) -> ActionResult:
    """A URL of this server; unlike AWS's it needs no signature."""
    name, digest = self._get_param("repositoryName"), self._get_param("layerDigest")
    repository = self.ecr_backend._get_repository(name, self._get_param("registryId"))
    if digest not in _blobs(repository):
        text = f"The layer with digest '{digest}' does not exist in the repository with name '{name}'"
        raise EcrError("LayersNotFoundException", f"{text} in the registry with id '{repository.registry_id}'")
    url = f"http://{self.headers['Host']}/_slipway/ecr/{self.current_account}/{self.region}/{name}/{digest}"
    return ActionResult({"downloadUrl": url, "layerDigest": digest})


@wraps(ECRResponse, "get_authorization_token", "moto's token expired in 2015")
def get_authorization_token(original: Any, self: Any) -> ActionResult:
    """A token that is still valid, for as long as AWS's."""
    answer: ActionResult = original(self)
    for token in answer.result["authorizationData"]:
        token["expiresAt"] = datetime.now(timezone.utc) + TOKEN_LIFETIME
    return answer


def blob(account: str, region: str, repository: str, digest: str) -> bytes | None:
    """The bytes of a layer or image config, or None."""
    found = ecr_backends[account][region].repositories.get(repository)
    return _blobs(found).get(digest) if found else None


def image_exists(account: str, region: str, repository: str, reference: str) -> bool | None:
    """Whether an image is there by tag or digest (`sha256:...`). None: the account has no such repository."""
    found = ecr_backends[account][region].repositories.get(repository)
    if found is None:
        return None
    key = "imageDigest" if reference.startswith("sha256:") else "imageTag"
    return any(_is(image, {key: reference}) for image in found.images)


def image_manifest(account: str, region: str, repository: str, reference: str) -> str | None:
    """The manifest of an image by tag or digest, or None."""
    found = ecr_backends[account][region].repositories.get(repository)
    key = "imageDigest" if reference.startswith("sha256:") else "imageTag"
    images = [image for image in found.images if _is(image, {key: reference})] if found else []
    return str(images[0].image_manifest) if images else None


def _require_references(repository: Any, manifest: dict[str, Any]) -> None:
    parts = [*manifest.get("layers", []), *([manifest["config"]] if "config" in manifest else [])]
    missing = sorted({part["digest"] for part in parts} - set(repository.layers))
    where = f"in the repository with name '{repository.name}' in the registry with id '{repository.registry_id}'"
    if missing:
        raise EcrError("LayersNotFoundException", f"Layers with digests '{missing}' required for pushing image do not exist {where}")
    known = {image.get_image_digest() for image in repository.images}
    lost = sorted({child["digest"] for child in manifest.get("manifests", [])} - known)
    if lost:
        raise EcrError("ReferencedImagesNotFoundException", f"Images with digests '{lost}' required for pushing image do not exist {where}")


def _is(image: Any, wanted: dict[str, str]) -> bool:
    if "imageDigest" in wanted and image.get_image_digest() == wanted["imageDigest"]:
        return True
    return "imageTag" in wanted and wanted["imageTag"] in image.image_tags


def _blobs(repository: Any) -> dict[str, bytes]:
    blobs: dict[str, bytes] = repository.__dict__.setdefault("blobs", {})
    return blobs

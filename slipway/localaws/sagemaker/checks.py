"""What CreateModel looks for before it takes a model: the role, each image, each artifact.

A release that was never made must show here as it does on AWS. But a module's example names things of an account that is empty.
`SLIPWAY_LOCAL_CHECKS` decides:

- `known` (default): a role is looked for once the account has any role; an image when its repository exists in the account; an
  artifact when its bucket exists. Where the container is missing too, the reference is taken for an example's literal.
- `strict`: always, as AWS does.
- `off`: never.
"""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import urlsplit

from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.sagemaker.exceptions import ValidationError

from slipway.localaws.ecr import image_exists
from slipway.localaws.iam import account_has_roles

VARIABLE = "SLIPWAY_LOCAL_CHECKS"
_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)(?:@(sha256:[0-9a-f]{64})|:(.+))?")


def check_model(request: Any, account: str, region: str) -> None:
    """Raise AWS's ValidationException for the first thing that the model needs and that is not there."""
    mode = os.environ.get(VARIABLE, "known")
    if mode == "off":
        return
    strict = mode == "strict"
    if role := request.get("ExecutionRoleArn"):
        _check_role(role, account, strict)
    primary = request.get("PrimaryContainer")
    check_containers([*([primary] if primary else []), *request.get("Containers", [])])


def check_containers(containers: list[Any]) -> None:
    """Raise AWS's ValidationException for an image or an artifact that is not there."""
    mode = os.environ.get(VARIABLE, "known")
    strict = mode == "strict"
    for container in containers if mode != "off" else []:
        if image := container.get("Image"):
            _check_image(image, strict)
        for uri in _artifacts(container):
            _check_artifact(uri, strict)


def check_job(request: Any, account: str, images: list[str]) -> None:
    """Raise AWS's ValidationException for a role that is not there, or an image in a repository that has others."""
    mode = os.environ.get(VARIABLE, "known")
    if mode == "off":
        return
    if role := request.get("RoleArn"):
        _check_role(role, account, mode == "strict")
    for image in images:
        _check_image(image, mode == "strict")


def _check_role(arn: str, account: str, strict: bool) -> None:
    backend = iam_backends[account]["aws"]
    if arn.split(":")[4] != account or not (strict or account_has_roles(backend)):
        return
    if arn not in {role.arn for role in backend.roles.values()}:
        raise ValidationError(
            f"Could not assume role {arn}. Please ensure that the role exists and allows principal "
            '"sagemaker.amazonaws.com" to assume the role.'
        )


def _check_image(image: str, strict: bool) -> None:
    match = _IMAGE.fullmatch(image)
    if not match:
        return
    owner, region, repository, digest, tag = match.groups()
    exists = image_exists(owner, region, repository, digest or tag or "latest")
    if exists is False or (exists is None and strict):
        raise ValidationError(f"Requested image {image} not found.")


def _check_artifact(uri: str, strict: bool) -> None:
    parts = urlsplit(uri)
    key = parts.path.lstrip("/")
    owners = [owner["aws"].buckets for owner in list(s3_backends.values())]
    bucket = next((buckets[parts.netloc] for buckets in owners if parts.netloc in buckets), None)
    if bucket is None:
        found = not strict
    elif key.endswith("/") or not key:
        found = any(name.startswith(key) for name in bucket.keys)
    else:
        found = key in bucket.keys
    if not found:
        raise ValidationError(f"Could not find model data at {uri}.")


def _artifacts(container: Any) -> list[str]:
    """The S3 objects or prefixes that a container loads; a multi-model prefix may be empty."""
    if container.get("Mode") == "MultiModel":
        return []
    source = container.get("ModelDataSource", {}).get("S3DataSource", {}).get("S3Uri")
    return [uri for uri in (container.get("ModelDataUrl"), source) if uri]

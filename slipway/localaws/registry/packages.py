"""Model packages: versions that never come back, approval, and the event that tells of every change.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html
"""

from __future__ import annotations

import copy
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import ModelPackage, SageMakerModelBackend, sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse

from slipway.localaws.events import bus
from slipway.localaws.hosting.images import find_image
from slipway.localaws.patches import adds, wraps
from slipway.localaws.sagemaker.changes import remember
from slipway.localaws.sagemaker.checks import check_containers

DETAIL_TYPE = "SageMaker Model Package State Change"
PENDING = "PendingManualApproval"


@wraps(SageMakerResponse, "create_model_package", "moto has no status to begin with, and sends no event")
def create_model_package(original: Any, self: Any) -> ActionResult:
    """The group's next version; pending until somebody approves it, unless the request says otherwise."""
    request, backend = copy.deepcopy(dict(self.params)), self.sagemaker_backend
    specification = request.get("InferenceSpecification", {})
    check_containers(specification.get("Containers", []))
    group = backend.model_package_groups.get(_group_name(request.get("ModelPackageGroupName", "")))
    if group is not None:
        self.params["ModelPackageGroupName"] = group.model_package_group_name
        self.params.setdefault("ModelApprovalStatus", PENDING)
    answer: ActionResult = original(self)
    package = backend.model_packages[answer.result["ModelPackageArn"]]
    remember(package, request)
    for container in (package.inference_specification or {}).get("Containers", []):
        if image := find_image(container["Image"]):
            container["ImageDigest"] = image.digest
    package.tags = package.tags or []
    publish(self.current_account, self.region, package)
    return answer


@wraps(
    ModelPackage,
    "__init__",
    "moto counts what is left: after a deletion it overwrites a version",
)
def __init__(original: Any, self: Any, **given: Any) -> None:
    """Number a version: one more than the group ever had."""
    if given["model_package_group_name"]:
        backend = sagemaker_backends[given["account_id"]][given["region_name"]]
        group = backend.model_package_groups[given["model_package_group_name"]]
        group.last_version = given["model_package_version"] = getattr(group, "last_version", 0) + 1
    original(self, **given)


@wraps(SageMakerResponse, "update_model_package", "moto empties what the request leaves out, and sends no event")
def update_model_package(_original: Any, self: Any) -> ActionResult:
    """Change what the request names; a new approval status is an event."""
    backend, params = self.sagemaker_backend, self.params
    package = backend.describe_model_package(params["ModelPackageArn"])
    if "ModelApprovalStatus" in params:
        package.set_model_approval_status(params["ModelApprovalStatus"])
    if "ApprovalDescription" in params:
        package.approval_description = params["ApprovalDescription"]
    properties = {**(package.customer_metadata_properties or {}), **params.get("CustomerMetadataProperties", {})}
    for name in params.get("CustomerMetadataPropertiesToRemove", []):
        properties.pop(name, None)
    package.customer_metadata_properties = properties or None
    package.add_additional_inference_specifications(params.get("AdditionalInferenceSpecificationsToAdd"))
    if "InferenceSpecification" in params:
        package.inference_specification = copy.deepcopy(params["InferenceSpecification"])
    package.modifications_done()
    publish(self.current_account, self.region, package)
    return ActionResult({"ModelPackageArn": package.arn})


@adds(SageMakerResponse, "moto has no DeleteModelPackage")
def delete_model_package(self: Any) -> ActionResult:
    """Delete one version; its number is not used again."""
    backend = self.sagemaker_backend
    package = backend.describe_model_package(self._get_param("ModelPackageName"))
    del backend.model_packages[package.arn]
    for name, arn in list(backend.model_package_name_mapping.items()):
        if arn == package.arn:
            del backend.model_package_name_mapping[name]
    return EmptyResult()


@wraps(ModelPackage, "gen_response_object", "moto leaves out the name of a version, which is required, and newer members")
def gen_response_object(original: Any, self: Any) -> dict[str, Any]:
    """What Describe and List say."""
    described: dict[str, Any] = original(self)
    request = getattr(self, "request", {})
    described.setdefault("ModelPackageName", self.model_package_name)
    kept = ("SkipModelValidation", "SourceUri", "SecurityConfig", "ModelCard", "ModelLifeCycle")
    return {**described, **{name: request[name] for name in kept if name in request}}


@wraps(SageMakerModelBackend, "_get_resource_from_arn", "moto takes the group for the resource, and breaks for a version's ARN")
def _get_resource_from_arn(original: Any, self: Any, arn: str) -> Any:
    """Versions have tags of their own."""
    kind, _, name = arn.rsplit(":", maxsplit=1)[-1].partition("/")
    if kind != "model-package":
        return original(self, arn)
    if arn not in self.model_packages:
        raise ValidationError(f"Could not find model package {name}.")
    return self.model_packages[arn]


def publish(account: str, region: str, package: Any) -> None:
    """Tell the event bus what the package is now.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    hidden = ("CreatedBy", "LastModifiedBy")
    detail = {name: _plain(value) for name, value in package.gen_response_object().items() if name not in hidden}
    bus.publish(account, region, source="aws.sagemaker", detail_type=DETAIL_TYPE, detail=detail, resources=[package.arn])


def without_packages(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    """A CreateModel request whose containers are those of the model packages they name (API: ContainerDefinition).

    A package that is gone stays a name: nothing can run for it.
    """

    def resolved(container: dict[str, Any]) -> dict[str, Any]:
        arn = backend.model_package_name_mapping.get(container.get("ModelPackageName"))
        package = backend.model_packages.get(arn)
        found = (package.inference_specification or {}).get("Containers", []) if package else []
        if not found:
            return container
        kept = {name: found[0][name] for name in ("Image", "ModelDataUrl", "ModelDataSource") if name in found[0]}
        return {**kept, **container, "Environment": {**found[0].get("Environment", {}), **container.get("Environment", {})}}

    changed: dict[str, Any] = {"Containers": [resolved(item) for item in request["Containers"]]} if "Containers" in request else {}
    changed |= {"PrimaryContainer": resolved(request["PrimaryContainer"])} if "PrimaryContainer" in request else {}
    return {**request, **changed}


def _group_name(named: str) -> str:
    return named.rpartition("/")[2]


def _plain(value: Any) -> Any:
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value

"""Model package groups: policy, deletion, what Describe says (moto gaps SM-d)."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import ModelPackageGroup
from moto.sagemaker.responses import SageMakerResponse

from slipway.localaws.patches import adds, wraps

_MISSING = "moto does not have it"


class ConflictException(ServiceException):
    """The group still has versions."""

    code = "ConflictException"


@wraps(SageMakerResponse, "create_model_package_group", "moto overwrites a group of the same name")
def create_model_package_group(original: Any, self: Any) -> ActionResult:
    """Create a group of a new name."""
    name = self._get_param("ModelPackageGroupName")
    if name in self.sagemaker_backend.model_package_groups:
        raise ValidationError(f"Model Package Group already exists: {self.sagemaker_backend.model_package_groups[name].arn}")
    answer: ActionResult = original(self)
    return answer


@wraps(
    ModelPackageGroup,
    "gen_response_object",
    "moto leaves out CreatedBy, which is required, and returns Tags",
)
def gen_response_object(original: Any, self: Any) -> dict[str, Any]:
    """What DescribeModelPackageGroup says."""
    described = {name: value for name, value in original(self).items() if name != "Tags" and value is not None}
    return {**described, "CreatedBy": {}}


@adds(SageMakerResponse, _MISSING)
def delete_model_package_group(self: Any) -> ActionResult:
    """Delete a group that has no version left."""
    group, backend = _group(self), self.sagemaker_backend
    name = group.model_package_group_name
    if any(package.model_package_group_name == name for package in backend.model_packages.values()):
        raise ConflictException(f"Model Package Group {group.arn} cannot be deleted since it still contains Model Packages.")
    del backend.model_package_groups[name]
    return EmptyResult()


@adds(SageMakerResponse, _MISSING)
def put_model_package_group_policy(self: Any) -> ActionResult:
    """Keep the policy. It is not evaluated."""
    group, policy = _group(self), self._get_param("ResourcePolicy")
    try:
        json.loads(policy)
    except ValueError:
        raise ValidationError("The resource policy is not valid JSON.") from None
    group.policy = policy
    return ActionResult({"ModelPackageGroupArn": group.arn})


@adds(SageMakerResponse, _MISSING)
def get_model_package_group_policy(self: Any) -> ActionResult:
    """The policy as it was put."""
    return ActionResult({"ResourcePolicy": _policy(_group(self))})


@adds(SageMakerResponse, _MISSING)
def delete_model_package_group_policy(self: Any) -> ActionResult:
    """Take the policy away."""
    group = _group(self)
    _policy(group)
    group.policy = None
    return EmptyResult()


def _group(response: Any) -> Any:
    return response.sagemaker_backend.describe_model_package_group(response._get_param("ModelPackageGroupName").rpartition("/")[2])


def _policy(group: Any) -> str:
    policy: str | None = getattr(group, "policy", None)
    if policy is None:
        raise ValidationError(f"Cannot find Model Package Group Policy for {group.arn}.")
    return policy

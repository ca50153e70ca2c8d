"""SageMaker models and endpoint configurations: kept and described whole, with unique names and AWS's checks."""

from __future__ import annotations

from functools import cache
from typing import Any

from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpointConfig, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from slipway.localaws.model import enum_values, members
from slipway.localaws.patches import wraps
from slipway.localaws.sagemaker.checks import check_model

_KEPT = "moto keeps a part of the request only, and returns {} for what was not given: the provider wants to replace the resource"


@wraps(SageMakerResponse, "create_model", _KEPT + "; it also overwrites a model of the same name")
def create_model(original: Any, self: Any) -> ActionResult:
    """Create a model after AWS's checks; see checks.py."""
    backend, name = self.sagemaker_backend, self._get_param("ModelName")
    _refuse_existing("model", backend._models, name)
    check_model(self.params, self.current_account, self.region)
    answer: ActionResult = original(self)
    remember(backend._models[name], self.params)
    return answer


@wraps(SageMakerResponse, "describe_model", _KEPT)
def describe_model(_original: Any, self: Any) -> ActionResult:
    """The request, with what AWS adds to it."""
    model = self.sagemaker_backend.describe_model(self._get_param("ModelName"))
    extra = {"ModelArn": model.arn, "CreationTime": model.creation_time}
    return ActionResult({"EnableNetworkIsolation": False, **described(model, "DescribeModelOutput"), **extra})


@wraps(SageMakerResponse, "create_endpoint_config", _KEPT + "; it also overwrites a configuration of the same name")
def create_endpoint_config(original: Any, self: Any) -> ActionResult:
    """Create a configuration whose models exist."""
    backend, name = self.sagemaker_backend, self._get_param("EndpointConfigName")
    _refuse_existing("endpoint-config", backend.endpoint_configs, name)
    backend.validate_production_variants(self.params.get("ShadowProductionVariants", []))
    answer: ActionResult = original(self)
    remember(backend.endpoint_configs[name], self.params)
    return answer


@wraps(SageMakerResponse, "describe_endpoint_config", _KEPT)
def describe_endpoint_config(_original: Any, self: Any) -> ActionResult:
    """The request, with what AWS adds to it."""
    backend, name = self.sagemaker_backend, self._get_param("EndpointConfigName")
    config = find(backend.endpoint_configs, name, "endpoint configuration", self)
    extra = {"EndpointConfigArn": config.endpoint_config_arn, "CreationTime": config.creation_time}
    return ActionResult({**described(config, "DescribeEndpointConfigOutput"), **extra})


@wraps(FakeEndpointConfig, "validate_instance_type", "moto's list ends with 2020's instance types")
def validate_instance_type(_original: Any, _self: Any, instance_type: str) -> None:
    """Check against the SDK's own list."""
    allowed = _instance_types()
    if instance_type not in allowed:
        raise ValidationError(
            f"1 validation error detected: Value '{instance_type}' at 'productionVariants.1.member.instanceType' failed to satisfy "
            f"constraint: Member must satisfy enum value set: {list(allowed)}"
        )


@wraps(SageMakerModelBackend, "add_tags", "moto appends a second tag of the same key")
def add_tags(_original: Any, self: Any, arn: str, tags: list[dict[str, str]]) -> list[dict[str, str]]:
    """A tag that is there already gets the new value."""
    resource = self._get_resource_from_arn(arn)
    merged = {tag["Key"]: tag["Value"] for tag in [*resource.tags, *tags]}
    resource.tags = [{"Key": key, "Value": value} for key, value in merged.items()]
    result: list[dict[str, str]] = resource.tags
    return result


def remember(resource: Any, request: Any) -> None:
    """Keep the creating request with moto's object, so that it goes when the object goes."""
    resource.request = dict(request)


def described(resource: Any, output_shape: str) -> dict[str, Any]:
    """Those members of the creating request that the describe call returns."""
    allowed = members("sagemaker", output_shape)
    return {name: value for name, value in resource.request.items() if name in allowed}


def find(resources: dict[str, Any], name: str, kind: str, response: Any) -> Any:
    """The named resource. Raises AWS's `Could not find ...`, which the provider takes for "gone"."""
    if name not in resources:
        where = f"arn:{response.partition}:sagemaker:{response.region}:{response.current_account}"
        arn = f"{where}:{kind.replace(' configuration', '-config')}/{name}"
        raise ValidationError(f'Could not find {kind} "{arn}".')
    return resources[name]


def _refuse_existing(kind: str, resources: dict[str, Any], name: str) -> None:
    if name in resources:
        resource = resources[name]
        arn = getattr(resource, "endpoint_config_arn", None) or resource.arn
        raise ValidationError(f'Cannot create already existing {kind.replace("-config", " configuration")} "{arn}".')


@cache
def _instance_types() -> tuple[str, ...]:
    return enum_values("sagemaker", "ProductionVariantInstanceType")

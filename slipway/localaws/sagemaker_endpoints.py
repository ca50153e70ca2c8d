"""SageMaker endpoints: states, updates, weights, and everything that DescribeEndpoint says.

Nothing runs behind an endpoint here, so its transitions are driven by who looks: `Creating` for one DescribeEndpoint, `Updating`
for two, and in any case no longer than SETTLES_AFTER_SECONDS.
"""

from __future__ import annotations

import time
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse

from slipway.localaws.patches import adds, wraps
from slipway.localaws.sagemaker import find, remember
from slipway.localaws.sagemaker_variants import desired, settle, summaries

SETTLES_AFTER_SECONDS = 5.0
_STATES = "moto has no states, no DeploymentConfig and no data capture summary, and forgets half of each variant"


@wraps(SageMakerResponse, "create_endpoint", _STATES + "; it also overwrites an endpoint of the same name")
def create_endpoint(original: Any, self: Any) -> ActionResult:
    """Create an endpoint from a configuration that exists."""
    backend, name = self.sagemaker_backend, self._get_param("EndpointName")
    config = find(backend.endpoint_configs, self._get_param("EndpointConfigName"), "endpoint configuration", self)
    if name in backend.endpoints:
        raise ValidationError(f'Cannot create already existing endpoint "{backend.endpoints[name].arn}".')
    config.data_capture_config = config.data_capture_config or {}
    answer: ActionResult = original(self)
    endpoint = backend.endpoints[name]
    remember(endpoint, config.request)
    endpoint.production_variants = summaries(config.request["ProductionVariants"])
    endpoint.shadow_variants = summaries(config.request.get("ShadowProductionVariants", []))
    endpoint.deployment = self.params.get("DeploymentConfig")
    _begin(endpoint, "Creating", looks=1)
    return answer


@adds(SageMakerResponse, "moto has no UpdateEndpoint")
def update_endpoint(self: Any) -> ActionResult:
    """Move an endpoint to another configuration.

    With RetainAllVariantProperties, variants of the same name keep their live instance count and weight, except for the
    properties that ExcludeRetainedVariantProperties names.
    """
    backend = self.sagemaker_backend
    endpoint = find(backend.endpoints, self._get_param("EndpointName"), "endpoint", self)
    config = find(backend.endpoint_configs, self._get_param("EndpointConfigName"), "endpoint configuration", self)
    _refuse_in_progress(endpoint)
    retained: list[dict[str, Any]] = endpoint.production_variants if self._get_param("RetainAllVariantProperties", False) else []
    excluded = {item["VariantPropertyType"] for item in self._get_param("ExcludeRetainedVariantProperties", [])}
    endpoint.production_variants = summaries(config.request["ProductionVariants"], retained, excluded)
    endpoint.shadow_variants = summaries(config.request.get("ShadowProductionVariants", []))
    endpoint.endpoint_config_name = config.endpoint_config_name
    if not self._get_param("RetainDeploymentConfig", False):
        endpoint.deployment = self.params.get("DeploymentConfig")
    remember(endpoint, config.request)
    _begin(endpoint, "Updating", looks=2)
    return ActionResult({"EndpointArn": endpoint.arn})


@wraps(SageMakerResponse, "update_endpoint_weights_and_capacities", "moto sets to null what the call leaves out")
def update_endpoint_weights_and_capacities(_original: Any, self: Any) -> ActionResult:
    """Change weight or instance count of the named variants; the others stay."""
    endpoint = find(self.sagemaker_backend.endpoints, self._get_param("EndpointName"), "endpoint", self)
    _refuse_in_progress(endpoint)
    desired(endpoint, self._get_param("DesiredWeightsAndCapacities"))
    _begin(endpoint, "Updating", looks=2)
    return ActionResult({"EndpointArn": endpoint.arn})


@wraps(SageMakerResponse, "describe_endpoint", _STATES)
def describe_endpoint(_original: Any, self: Any) -> ActionResult:
    """Status, live variants, and the last deployment."""
    endpoint = find(self.sagemaker_backend.endpoints, self._get_param("EndpointName"), "endpoint", self)
    _look(endpoint)
    optional = {
        "ShadowProductionVariants": endpoint.shadow_variants,
        "DataCaptureConfig": _data_capture(endpoint.request.get("DataCaptureConfig")),
        "AsyncInferenceConfig": endpoint.request.get("AsyncInferenceConfig"),
        "ExplainerConfig": endpoint.request.get("ExplainerConfig"),
        "LastDeploymentConfig": endpoint.deployment,
    }
    return ActionResult(
        {
            "EndpointName": endpoint.endpoint_name,
            "EndpointArn": endpoint.arn,
            "EndpointConfigName": endpoint.endpoint_config_name,
            "EndpointStatus": endpoint.endpoint_status,
            "ProductionVariants": endpoint.production_variants,
            "CreationTime": endpoint.creation_time,
            "LastModifiedTime": endpoint.last_modified_time,
            **{name: value for name, value in optional.items() if value},
        }
    )


@wraps(SageMakerResponse, "delete_endpoint", "moto deletes an endpoint that is being changed")
def delete_endpoint(original: Any, self: Any) -> EmptyResult:
    """Gone at once; refused while the endpoint is being created or updated, as AWS refuses it."""
    endpoint = find(self.sagemaker_backend.endpoints, self._get_param("EndpointName"), "endpoint", self)
    _refuse_in_progress(endpoint)
    result: EmptyResult = original(self)
    return result


def settle_all() -> None:
    """Finish every transition. Between two calls that a journal repeats, nobody looks."""
    for by_region in list(sagemaker_backends.values()):
        for backend in list(by_region.values()):
            for endpoint in backend.endpoints.values():
                endpoint.looks_left = 0
                _look(endpoint)


def _begin(endpoint: Any, status: str, looks: int) -> None:
    endpoint.endpoint_status = status
    endpoint.looks_left = looks
    endpoint.settles_at = time.monotonic() + SETTLES_AFTER_SECONDS
    endpoint.last_modified_time = utcnow()


def _look(endpoint: Any) -> None:
    """One DescribeEndpoint: count it, and settle when it was the last or the time is up."""
    if endpoint.endpoint_status not in ("Creating", "Updating"):
        return
    if endpoint.looks_left <= 0 or time.monotonic() >= endpoint.settles_at:
        endpoint.endpoint_status = "InService"
        settle(endpoint.production_variants)
    endpoint.looks_left -= 1


def _refuse_in_progress(endpoint: Any) -> None:
    if time.monotonic() >= endpoint.settles_at:
        _look(endpoint)
    if endpoint.endpoint_status != "InService":
        raise ValidationError(f'Cannot update in-progress endpoint "{endpoint.arn}".')


def _data_capture(config: dict[str, Any] | None) -> dict[str, Any] | None:
    """The summary that DescribeEndpoint gives of a configuration's data capture."""
    if not config:
        return None
    enabled = config.get("EnableCapture", False)
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        # Required in the shape, and empty on AWS when there is no key.
        "KmsKeyId": config.get("KmsKeyId", ""),
    }

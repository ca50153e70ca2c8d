"""SageMaker endpoints: states, updates, weights, and everything that DescribeEndpoint says.

Behind an endpoint whose images the local ECR has, containers run (`hosting`), and they decide its states. The transitions of any
other endpoint are simulated and driven by who looks: `Creating` for one DescribeEndpoint, `Updating` for two, and in any case no
longer than SETTLES_AFTER_SECONDS.
"""

from __future__ import annotations

import time
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse

from slipway.localaws.ec2 import interfaces
from slipway.localaws.hosting.create import begin_create, begin_delete
from slipway.localaws.hosting.definition import Definition
from slipway.localaws.hosting.hosted import Hosted
from slipway.localaws.hosting.logs import Place
from slipway.localaws.hosting.registry import why_simulated
from slipway.localaws.hosting.scale import begin_scale
from slipway.localaws.hosting.update import Update, begin_update
from slipway.localaws.patches import adds, wraps
from slipway.localaws.registry.packages import without_packages
from slipway.localaws.sagemaker import notices
from slipway.localaws.sagemaker.changes import find, remember
from slipway.localaws.sagemaker.variants import desired, refuse_registered, settle, summaries

SETTLES_AFTER_SECONDS = 5.0
UPDATABLE = ("InService", "UpdateRollbackFailed")
DELETABLE = (*UPDATABLE, "Failed")
_STATES = "moto has no states, no DeploymentConfig and no data capture summary, and forgets half of each variant"


@wraps(SageMakerResponse, "create_endpoint", _STATES + "; it also overwrites an endpoint of the same name")
def create_endpoint(original: Any, self: Any) -> ActionResult:
    """Create an endpoint from a configuration that exists."""
    backend, name = self.sagemaker_backend, self._get_param("EndpointName")
    config = find(backend.endpoint_configs, self._get_param("EndpointConfigName"), "endpoint configuration", self)
    if name in backend.endpoints:
        raise ValidationError(f'Cannot create already existing endpoint "{backend.endpoints[name].arn}".')
    definition = _definition(self, config)
    config.data_capture_config = config.data_capture_config or {}
    answer: ActionResult = original(self)
    endpoint = backend.endpoints[name]
    remember(endpoint, config.request)
    endpoint.definition, endpoint.pending, endpoint.hosted = definition, None, None
    endpoint.production_variants = summaries(definition.variants)
    endpoint.shadow_variants = summaries(definition.shadows)
    endpoint.deployment = self.params.get("DeploymentConfig")
    _begin(endpoint, "Creating", looks=1)
    interfaces.attach(definition, name)
    begin_create(self.current_account, self.region, endpoint)
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
    definition = _definition(self, config)
    refuse_registered(self.current_account, self.region, endpoint, definition.variants)
    retained: list[dict[str, Any]] = endpoint.production_variants if self._get_param("RetainAllVariantProperties", False) else []
    excluded = {item["VariantPropertyType"] for item in self._get_param("ExcludeRetainedVariantProperties", [])}
    variants, shadows = summaries(definition.variants, retained, excluded), summaries(definition.shadows)
    if not self._get_param("RetainDeploymentConfig", False):
        endpoint.deployment = self.params.get("DeploymentConfig")
    interfaces.attach(definition, endpoint.endpoint_name)
    hosted: Hosted | None = endpoint.hosted
    if hosted is None and not why_simulated(definition):
        hosted = endpoint.hosted = Hosted(Place(self.current_account, self.region, endpoint.endpoint_name), endpoint)
    if hosted:
        begin_update(Update(hosted, definition, variants, shadows, endpoint.deployment or {}))
        return ActionResult({"EndpointArn": endpoint.arn})
    interfaces.release(endpoint.definition)
    remember(endpoint, config.request)
    endpoint.definition, endpoint.production_variants, endpoint.shadow_variants = definition, variants, shadows
    endpoint.endpoint_config_name = config.endpoint_config_name
    _begin(endpoint, "Updating", looks=2)
    return ActionResult({"EndpointArn": endpoint.arn})


@wraps(SageMakerResponse, "update_endpoint_weights_and_capacities", "moto sets to null what the call leaves out")
def update_endpoint_weights_and_capacities(_original: Any, self: Any) -> ActionResult:
    """Change weight or instance count of the named variants; the others stay."""
    endpoint = find(self.sagemaker_backend.endpoints, self._get_param("EndpointName"), "endpoint", self)
    _refuse_in_progress(endpoint)
    desired(endpoint, self._get_param("DesiredWeightsAndCapacities"))
    if endpoint.hosted:
        begin_scale(endpoint.hosted)
    else:
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
        "PendingDeploymentSummary": endpoint.pending,
        "FailureReason": endpoint.failure_reason,
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
    """Gone when its containers have ended; refused while the endpoint is being created or updated, as AWS refuses it."""
    endpoint = find(self.sagemaker_backend.endpoints, self._get_param("EndpointName"), "endpoint", self)
    _refuse_in_progress(endpoint, DELETABLE)
    interfaces.release(endpoint.definition)
    if endpoint.hosted:
        begin_delete(endpoint.hosted)
        return EmptyResult()
    result: EmptyResult = original(self)
    return result


def settle_all() -> None:
    """Finish every transition. Between two calls that a journal repeats, nobody looks."""
    for by_region in list(sagemaker_backends.values()):
        for backend in list(by_region.values()):
            for endpoint in backend.endpoints.values():
                endpoint.looks_left = 0
                _look(endpoint)


def _definition(response: Any, config: Any) -> Definition:
    """What the endpoint is to run. Raises AWS's error when a model of the configuration is gone."""
    models = {}
    for variant in [*config.request["ProductionVariants"], *config.request.get("ShadowProductionVariants", [])]:
        name = variant["ModelName"]
        request = find(response.sagemaker_backend._models, name, "model", response).request
        models[name] = without_packages(response.sagemaker_backend, request)
    return Definition(response.current_account, response.region, config.endpoint_config_name, dict(config.request), models)


def _begin(endpoint: Any, status: str, looks: int) -> None:
    endpoint.endpoint_status = status
    endpoint.looks_left = looks
    endpoint.settles_at = time.monotonic() + SETTLES_AFTER_SECONDS
    endpoint.last_modified_time = utcnow()
    _tell(endpoint)


def _tell(endpoint: Any) -> None:
    region, account = endpoint.arn.split(":")[3:5]
    notices.endpoint_changed(account, region, endpoint)


def _look(endpoint: Any) -> None:
    """One DescribeEndpoint: count it, and settle when it was the last or the time is up."""
    if endpoint.hosted or endpoint.endpoint_status not in ("Creating", "Updating"):
        return
    if endpoint.looks_left <= 0 or time.monotonic() >= endpoint.settles_at:
        endpoint.endpoint_status = "InService"
        settle(endpoint.production_variants)
        _tell(endpoint)
    endpoint.looks_left -= 1


def _refuse_in_progress(endpoint: Any, allowed: tuple[str, ...] = UPDATABLE) -> None:
    if time.monotonic() >= endpoint.settles_at:
        _look(endpoint)
    if endpoint.endpoint_status not in allowed:
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

"""What an environment deploys, by literal names: the ground that alarms, dashboard and queries stand on. Pure: loads no toolkit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules._shared.alarm import composite_name
from modules._shared.deployed import Deployed, DeployedApi, DeployedEndpoint, DeployedFunction, DeployedService, DeployedVariant
from modules._shared.instance_types import lookup
from modules._shared.scheduled_scaling import ScheduledPolicy
from modules.api.spec import api_name, function_name, stage_name
from modules.endpoint.spec import rollback_alarm_name
from modules.endpoint_config.variants import InstanceVariant
from modules.fargate_endpoint.spec import load_balancer_name, service_name
from modules.lambda_endpoint.spec import function_name as model_function_name
from slipway.config.endpoints import FargateEndpoint, LambdaEndpoint

if TYPE_CHECKING:
    from modules.autoscaling.spec import AutoscalingSpec
    from modules.endpoint_config.variants import ServerlessVariant
    from modules.fargate_endpoint.autoscaling import ServiceAutoscaling
    from slipway.config.endpoints import AnyEndpoint
    from slipway.config.environment import EnvironmentConfig


def deployed(config: EnvironmentConfig) -> Deployed:
    """Everything in the environment that can be watched."""
    endpoints = tuple(_endpoint(config, key, spec) for key, spec in sorted(config.sagemaker_endpoints.items()))
    captures = any(endpoint.captures for endpoint in endpoints)
    return Deployed(
        naming=config.naming,
        endpoints=endpoints,
        api=_api(config),
        lock_table=config.state.table_name(config.naming) or "",
        functions=tuple(
            DeployedFunction(key, model_function_name(config.naming, key), entry.hosting.timeout, entry.hosting.memory_size)
            for key, entry in sorted(config.endpoints.items())
            if isinstance(entry, LambdaEndpoint)
        ),
        services=tuple(
            _service(config, key, entry) for key, entry in sorted(config.endpoints.items()) if isinstance(entry, FargateEndpoint)
        ),
        capture_bucket=config.storage.data_capture.bucket_name(config.naming) if captures else "",
    )


def _endpoint(config: EnvironmentConfig, key: str, spec: AnyEndpoint) -> DeployedEndpoint:
    name = config.naming.name(key)
    capture = getattr(spec, "data_capture", None)
    alarms = tuple(rollback_alarm_name(name, v.variant_name, option) for v in spec.variants for option in spec.alarms.generated())
    return DeployedEndpoint(
        key=key,
        name=name,
        hosting=spec.hosting.kind,
        variants=tuple(_variant(spec, variant) for variant in spec.variants),
        composite_alarm_name=composite_name(config.naming, key),
        alarm_names=(*alarms, *spec.alarms.alarm_names),
        captures=capture is not None and capture.sampling_percentage > 0,
    )


def _variant(spec: AnyEndpoint, variant: InstanceVariant | ServerlessVariant) -> DeployedVariant:
    low, high = _bounds(spec.autoscaling.get(variant.variant_name))
    if not isinstance(variant, InstanceVariant):
        return DeployedVariant(variant.variant_name, min_capacity=low, max_capacity=high)
    kind = lookup(variant.instance_type)
    return DeployedVariant(
        name=variant.variant_name,
        instance_type=variant.instance_type,
        vcpus=kind.vcpus or 0,
        gpus=kind.gpus,
        count=variant.initial_instance_count,
        min_capacity=low,
        max_capacity=high,
        weight=variant.initial_variant_weight,
    )


def _service(config: EnvironmentConfig, key: str, entry: FargateEndpoint) -> DeployedService:
    low, high = _bounds(entry.autoscaling)
    return DeployedService(
        key=key,
        name=service_name(config.naming, key),
        load_balancer=load_balancer_name(config.naming, key),
        composite_alarm_name=composite_name(config.naming, key) if entry.alarms.generated() else "",
        min_capacity=low,
        max_capacity=high,
        insights=entry.container_insights != "disabled",
        stops=config.operations is not None and bool(config.operations.stopped_at_night([key]) or config.operations.expiry(key)),
    )


def _bounds(scaling: AutoscalingSpec | ServiceAutoscaling | None) -> tuple[int | None, int | None]:
    """The range of a scalable target. A schedule may lift the maximum: only at the highest nothing more can be added."""
    if scaling is None:
        return None, None
    lifted = [p.max_capacity for p in scaling.policies if isinstance(p, ScheduledPolicy) and p.max_capacity is not None]
    return scaling.min_capacity, max([scaling.max_capacity, *lifted])


def _api(config: EnvironmentConfig) -> DeployedApi | None:
    if config.api is None:
        return None
    function = config.api.function
    return DeployedApi(
        name=api_name(config.naming),
        stage=stage_name(config.naming),
        function_name=function_name(config.naming),
        timeout=function.timeout,
        memory=function.memory_size,
    )

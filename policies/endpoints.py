"""How endpoints, their configurations, scalable targets and alarms belong together."""

from __future__ import annotations

from collections.abc import Iterator

from policies.estate import Estate, Resource, blocks


def config_of(endpoint: Resource, estate: Estate) -> Resource | None:
    """The endpoint configuration that an endpoint names."""
    value = endpoint.get("endpoint_config_name")
    configs = estate.resources("aws_sagemaker_endpoint_configuration")
    return next((config for config in configs if estate.points_at(value, endpoint.document, config)), None)


def endpoints_of(config: Resource, estate: Estate) -> list[Resource]:
    """The endpoints that name this configuration."""
    return estate.attached(config, "aws_sagemaker_endpoint", "endpoint_config_name")


def scalable_targets(endpoint: Resource, variant: str, estate: Estate) -> list[Resource]:
    """Scalable targets of one variant: `endpoint/<name>/variant/<variant>`."""
    name = estate.text(f"${{{endpoint.address}.name}}", endpoint.document)
    return [
        target
        for target in estate.attached_text("aws_appautoscaling_target", "resource_id", f"endpoint/{name}/variant/{variant}")
        if target.get("service_namespace") == "sagemaker"
    ]


def scaling_rules(target: Resource, estate: Estate) -> list[Resource]:
    """Policies and schedules of a scalable target."""
    text = estate.text(target.get("resource_id"), target.document)
    kinds = ("aws_appautoscaling_policy", "aws_appautoscaling_scheduled_action")
    return [found for kind in kinds for found in estate.attached_text(kind, "resource_id", text)]


def is_asynchronous(target: Resource, estate: Estate) -> bool:
    """Whether a scalable target belongs to an asynchronous endpoint, which may scale to zero."""
    text = estate.text(target.get("resource_id"), target.document)
    for endpoint in estate.resources("aws_sagemaker_endpoint"):
        name = estate.text(f"${{{endpoint.address}.name}}", endpoint.document)
        if text.startswith(f"endpoint/{name}/"):
            config = config_of(endpoint, estate)
            return config is not None and bool(config.blocks("async_inference_config"))
    return False


def rollback_alarm_names(endpoint: Resource, estate: Estate) -> list[str]:
    """Names of the alarms in an endpoint's auto_rollback_configuration."""
    return [estate.text(name, endpoint.document) for name in _names(endpoint)]


def _names(endpoint: Resource) -> Iterator[str]:
    for config in endpoint.blocks("deployment_config"):
        for rollback in blocks(config, "auto_rollback_configuration"):
            for alarm in blocks(rollback, "alarms"):
                yield str(alarm.get("alarm_name"))

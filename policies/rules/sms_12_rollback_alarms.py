"""The alarms that roll an update back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.alarms import behind
from policies.endpoints import config_of, rollback_alarm_names
from policies.estate import Estate, Resource, blocks
from policies.rule import NOT_APPLICABLE, Rule, Verdict, unknown, verdict


def _check(endpoint: Resource, estate: Estate) -> Verdict:
    config = config_of(endpoint, estate)
    if config is None:
        return unknown(f"endpoint_config_name {endpoint.get('endpoint_config_name')} is not in this environment")
    if any(variant.get("serverless_config") for variant in config.blocks("production_variants")):
        return NOT_APPLICABLE
    names = rollback_alarm_names(endpoint, estate)
    if not 1 <= len(names) <= 10:
        return verdict([f"{len(names)} alarms in auto_rollback_configuration, 1 to 10 are needed"])
    alarms, strange = behind(names, estate)
    missing = [f"alarm {name} is not in this environment" for name in strange]
    return verdict([*missing, *_strangers(alarms, endpoint, config, estate), *_bake(alarms, endpoint)])


def _strangers(alarms: list[Resource], endpoint: Resource, config: Resource, estate: Estate) -> Iterator[str]:
    own = {str(variant.get("variant_name")) for variant in config.blocks("production_variants")}
    watched = set()
    for alarm in alarms:
        dimensions = alarm.get("dimensions") or {}
        if not estate.points_at(dimensions.get("EndpointName"), alarm.document, endpoint):
            yield f"{alarm.address} does not watch this endpoint"
        watched.add(dimensions.get("VariantName"))
    for variant in sorted(own - watched):
        yield f"no alarm watches variant {variant}"


def _bake(alarms: list[Resource], endpoint: Resource) -> Iterator[str]:
    waits = [wait for config in endpoint.blocks("deployment_config") for wait in _waits(config)]
    needed = max((alarm.get("period") or 0 for alarm in alarms if isinstance(alarm.get("period"), int)), default=0) * 2
    if waits and min(waits) < needed:
        yield f"new instances are watched for {min(waits)} s, less than two periods of the slowest alarm ({needed} s)"


def _waits(config: Mapping[str, Any]) -> Iterator[int]:
    """Seconds in which the alarms can still stop the update."""
    for policy in blocks(config, "blue_green_update_policy"):
        for routing in blocks(policy, "traffic_routing_configuration"):
            shifts = routing.get("type") in ("CANARY", "LINEAR")
            wait = routing.get("wait_interval_in_seconds") if shifts else policy.get("termination_wait_in_seconds", 0)
            yield wait if isinstance(wait, int) else 0
    for policy in blocks(config, "rolling_update_policy"):
        wait = policy.get("wait_interval_in_seconds")
        yield wait if isinstance(wait, int) else 0


RULE = Rule(
    id="CKV_SLIPWAY_12",
    title="Ensure a production endpoint rolls back on alarms of its own that watch every variant long enough",
    why="Without alarms the waits of a rollout do nothing: a broken model takes all the traffic. Serverless endpoints have no rollout.",
    fix="auto_rollback_configuration with 1 to 10 alarms on this endpoint, or a composite alarm over them, at least one for each "
    "variant, and a wait of two periods or more",
    applies_to=("aws_sagemaker_endpoint",),
    check=_check,
    production_only=True,
)

"""Live variants of an endpoint: instance counts and weights, desired and current."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.sagemaker.exceptions import ValidationError

Variant = dict[str, Any]

# Property that RetainAllVariantProperties keeps -> the summary's members that hold it.
_PROPERTIES = {
    "DesiredInstanceCount": ("DesiredInstanceCount", "CurrentInstanceCount"),
    "DesiredWeight": ("DesiredWeight", "CurrentWeight"),
}


def summaries(variants: list[Variant], retained: Iterable[Variant] = (), excluded: Iterable[str] = ()) -> list[Variant]:
    """What DescribeEndpoint says of the variants of a configuration.

    `retained` are the variants before an update; those of the same name hand on their counts and weights, but not the
    properties in `excluded` (DesiredInstanceCount, DesiredWeight).
    """
    before = {variant["VariantName"]: variant for variant in retained}
    kept = [member for name, members in _PROPERTIES.items() if name not in set(excluded) for member in members]
    result = []
    for variant in variants:
        summary = _summary(variant)
        old = before.get(variant["VariantName"], {})
        result.append({**summary, **{member: old[member] for member in kept if member in old and member in summary}})
    return result


def _summary(variant: Variant) -> Variant:
    weight = variant.get("InitialVariantWeight", 1.0)
    summary = {"VariantName": variant["VariantName"], "CurrentWeight": weight, "DesiredWeight": weight}
    if (count := variant.get("InitialInstanceCount")) is not None:
        summary |= {"CurrentInstanceCount": count, "DesiredInstanceCount": count}
    if serverless := variant.get("ServerlessConfig"):
        summary |= {"CurrentServerlessConfig": serverless, "DesiredServerlessConfig": serverless}
    for member in ("ManagedInstanceScaling", "RoutingConfig"):
        if member in variant:
            summary[member] = variant[member]
    return summary


def desired(endpoint: Any, changes: list[Variant]) -> None:
    """Take over what UpdateEndpointWeightsAndCapacities asks for. Raises AWS's errors; then nothing has changed."""
    variants = {variant["VariantName"]: variant for variant in endpoint.production_variants}
    names = [change["VariantName"] for change in changes]
    for name in names:
        if names.count(name) > 1:
            raise ValidationError(f'The variant name "{name}" was non-unique within the request.')
        if name not in variants:
            raise ValidationError(
                f'The variant name(s) "{name}" is/are not present within endpoint configuration "{endpoint.endpoint_config_name}".'
            )
    for change in changes:
        variant = variants[change["VariantName"]]
        for member in ("DesiredWeight", "DesiredInstanceCount"):
            if member in change:
                variant[member] = change[member]
        if serverless := change.get("ServerlessUpdateConfig"):
            variant["DesiredServerlessConfig"] = {**variant.get("DesiredServerlessConfig", {}), **serverless}


def refuse_registered(account: str, region: str, endpoint: Any, variants: list[Variant]) -> None:
    """Refuse an update that removes a variant which is a scalable target, or changes its instance type, as AWS does."""
    before = {variant["VariantName"]: variant for variant in endpoint.request["ProductionVariants"]}
    after = {variant["VariantName"]: variant for variant in variants}
    held = [
        name
        for name, variant in before.items()
        if _registered(account, region, f"endpoint/{endpoint.endpoint_name}/variant/{name}")
        and (name not in after or after[name].get("InstanceType") != variant.get("InstanceType"))
    ]
    if held:
        names = ", ".join(f'"{name}"' for name in held)
        raise ValidationError(
            f"The variant(s) {names} must be deregistered as scalable targets with AWS Auto Scaling before they can be removed or have "
            "their instance type updated."
        )


def _registered(account: str, region: str, resource_id: str) -> bool:
    targets = applicationautoscaling_backends[account][region].targets
    return any(resource_id in by_id for by_id in targets.values())


def settle(variants: list[Variant]) -> None:
    """The update is done: what was desired is current."""
    for variant in variants:
        for name in ("InstanceCount", "Weight", "ServerlessConfig"):
            if f"Desired{name}" in variant:
                variant[f"Current{name}"] = variant[f"Desired{name}"]

"""Rules between a variant's scaling and its hosting: what AWS would refuse, or accept and never scale by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from modules._shared.instance_types import InstanceType, lookup
from modules._shared.scheduled_scaling import ScheduledPolicy
from modules.autoscaling.metrics import KNOWN, PREDEFINED_HOSTING, upper_bound
from modules.autoscaling.policies import CloudWatchMetric, StepPolicy, TargetTrackingPolicy
from modules.autoscaling.spec import AutoscalingSpec

Problem = tuple[str, str]


def check_fit(
    spec: AutoscalingSpec,
    hosting_kind: str,
    *,
    instance_type: str | None = None,
    provisioned_concurrency: int | None = None,
    max_concurrency: int | None = None,
    managed_instance_scaling: bool = False,
) -> list[Problem]:
    """What does not fit the variant, as `(path, message)`. Errors; see `lint` for what is only suspicious.

    `hosting_kind`: instances | serverless | asynchronous. `instance_type` for the kinds on instances (must be known),
    the concurrencies for serverless. `managed_instance_scaling`: the variant lets SageMaker scale (status ENABLED).
    """
    if hosting_kind == "serverless":
        problems = list(_check_serverless(spec, provisioned_concurrency, max_concurrency))
    else:
        problems = list(_check_instances(spec, hosting_kind, instance_type, managed_instance_scaling))
    for index, policy in enumerate(spec.policies):
        path = f"policies[{index}]"
        if isinstance(policy, TargetTrackingPolicy):
            problems += _check_tracking(policy, path, hosting_kind, lookup(instance_type) if instance_type else None)
        elif isinstance(policy, StepPolicy):
            problems += _check_published(policy.alarm, f"{path}.alarm.metric_name", hosting_kind)
    return problems


def lint(spec: AutoscalingSpec, *, instance_type: str | None = None) -> list[Problem]:
    """What AWS takes but nobody means: `(path, message)` each.

    A CPUUtilization target of 70 on 8 vCPUs is 9 % of the machine: the metric adds up the vCPUs.
    """
    vcpus = lookup(instance_type).vcpus if instance_type else None
    if vcpus is None or vcpus < 2:
        return []
    return [
        (
            f"policies[{index}].target_value",
            f"CPUUtilization goes to {100 * vcpus} on {instance_type} ({vcpus} vCPUs), so {policy.target_value:g} is "
            f"{policy.target_value / vcpus:.0f} % of it; for {policy.target_value:g} % write {policy.target_value * vcpus:g}",
        )
        for index, policy in enumerate(spec.policies)
        if _tracks_cpu(policy) and policy.target_value <= 100
    ]


def _tracks_cpu(policy: TargetTrackingPolicy | StepPolicy | ScheduledPolicy) -> TypeGuard[TargetTrackingPolicy]:
    return isinstance(policy, TargetTrackingPolicy) and policy.custom is not None and policy.custom.metric_name == "CPUUtilization"


def _zero_bounds(spec: AutoscalingSpec) -> list[str]:
    """Every option that lets the capacity fall to 0."""
    places = {"min_capacity": spec.min_capacity}
    for index, policy in enumerate(spec.policies):
        if isinstance(policy, ScheduledPolicy) and policy.min_capacity is not None:
            places[f"policies[{index}].min_capacity"] = policy.min_capacity
        if isinstance(policy, ScheduledPolicy) and policy.max_capacity is not None:
            places[f"policies[{index}].max_capacity"] = policy.max_capacity
    return [path for path, value in places.items() if value == 0]


def _check_serverless(spec: AutoscalingSpec, provisioned: int | None, most: int | None) -> Iterator[Problem]:
    if provisioned is None:
        yield "", "a serverless variant is scaled only through provisioned concurrency; set provisioned_concurrency or remove autoscaling"
        return
    for path in _zero_bounds(spec):
        yield path, "provisioned concurrency cannot be scaled to 0"
    if most is not None and spec.max_capacity > most:
        yield "max_capacity", f"{spec.max_capacity} is above the variant's max_concurrency {most}"
    if spec.wake_from_zero:
        yield "wake_from_zero", "only asynchronous endpoints publish HasBacklogWithoutCapacity"


def _check_instances(spec: AutoscalingSpec, hosting_kind: str, instance_type: str | None, managed: bool) -> Iterator[Problem]:
    if instance_type and lookup(instance_type).burstable:
        yield "", f"SageMaker does not scale burstable instance types such as {instance_type}"
    if managed:
        yield "", "managed_instance_scaling is ENABLED for this variant: SageMaker scales it already"
    if hosting_kind == "asynchronous":
        if spec.min_capacity == 0 and not spec.wake_from_zero:
            yield "wake_from_zero", "with min_capacity 0 nothing wakes the endpoint; set wake_from_zero: true or min_capacity: 1"
        return
    for path in _zero_bounds(spec):
        yield path, "a real-time variant cannot be scaled to 0; only asynchronous endpoints can"
    if spec.wake_from_zero:
        yield "wake_from_zero", "only asynchronous endpoints publish HasBacklogWithoutCapacity"


def _check_tracking(policy: TargetTrackingPolicy, path: str, hosting_kind: str, instance: InstanceType | None) -> Iterator[Problem]:
    if policy.metric:
        published = PREDEFINED_HOSTING[policy.metric]
        if published != hosting_kind:
            yield f"{path}.metric", f"{policy.metric} is published for {published}, not for {hosting_kind}; {_ADVICE[hosting_kind]}"
        if policy.metric == "SageMakerVariantProvisionedConcurrencyUtilization" and policy.target_value > 1:
            yield (
                f"{path}.target_value",
                f"provisioned concurrency utilization is 0 to 1, so {policy.target_value:g} is never reached; use 0.7",
            )
    if policy.custom:
        yield from _check_published(policy.custom, f"{path}.custom.metric_name", hosting_kind)
        yield from _check_range(policy, path, instance)


def _check_published(metric: CloudWatchMetric, path: str, hosting_kind: str) -> Iterator[Problem]:
    known = KNOWN.get(metric.metric_name)
    if known and metric.namespace in (None, known.namespace) and hosting_kind not in known.hosting:
        published = " and ".join(sorted(known.hosting))
        yield path, f"{metric.metric_name} is published for {published}, not for {hosting_kind}; {_ADVICE[hosting_kind]}"


def _check_range(policy: TargetTrackingPolicy, path: str, instance: InstanceType | None) -> Iterator[Problem]:
    if instance is None or policy.custom is None:
        return
    bound = upper_bound(policy.custom.metric_name, instance)
    if bound == 0:
        yield f"{path}.custom.metric_name", f"{policy.custom.metric_name} is not published: the instance type has no GPU"
    elif bound is not None and policy.target_value > bound:
        yield f"{path}.target_value", f"{policy.custom.metric_name} is at most {bound} here, so {policy.target_value:g} is never reached"


_ADVICE = {
    "instances": "use SageMakerVariantInvocationsPerInstance or a custom metric",
    "asynchronous": "use custom: {metric_name: ApproximateBacklogSizePerInstance}",
    "serverless": "use SageMakerVariantProvisionedConcurrencyUtilization",
}

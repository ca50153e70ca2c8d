"""Options of a SageMaker endpoint (API: CreateEndpoint, UpdateEndpoint)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from modules._shared.alarm import PERCENTILE, MetricAlarm
from modules._shared.fields import LogRetention
from modules._shared.naming import shorten
from modules._shared.spec import Spec
from modules.endpoint.rollout import AllAtOnce, Rolling, Rollout, RolloutSpec

Problem = tuple[str, str]
_AlarmName = Annotated[str, Field(pattern=r"^[^\s$%][^$%]*$", max_length=255)]
MAX_ALARMS = 10
"""Alarms an endpoint may roll back on (API: AutoRollbackConfig)."""
MAX_CHILDREN = 100
"""Alarms that the rule of one composite alarm may look at (CloudWatch quotas)."""
_NAME_LIMIT = 255


def rollback_alarm_name(endpoint: str, variant: str, option: str) -> str:
    """Name of a generated alarm. `endpoint` is the physical name, `option` one of `Alarms.generated()`."""
    suffix = {"invocation_5xx_errors": "5xx-errors", "model_latency": "model-latency"}[option]
    return shorten(f"{endpoint}-{variant}-{suffix}", _NAME_LIMIT)


class Invocation5xxAlarm(MetricAlarm):
    """Alarm on server errors of a variant (metric Invocation5XXErrors)."""

    statistic: Literal["Average", "Sum"] = Field("Average", description="Average: rate of failed requests, 0 to 1. Sum: their number.")
    threshold: float = Field(0.05, gt=0, description="The alarm goes off at or above this rate or number.")

    @model_validator(mode="after")
    def _rate(self) -> Invocation5xxAlarm:
        if self.statistic == "Average" and self.threshold > 1:
            raise ValueError(f"statistic Average is a rate of 0 to 1, so threshold {self.threshold} is never reached; use statistic: Sum")
        return self


class ModelLatencyAlarm(MetricAlarm):
    """Alarm on slow answers of a variant's containers (metric ModelLatency)."""

    extended_statistic: str = Field("p99", pattern=PERCENTILE, description="Percentile, such as p99 or p99.9.")
    threshold: float = Field(1_000_000, ge=100, description="MICROSECONDS at or above which the alarm goes off: 1000000 is one second.")


class Alarms(Spec):
    """The alarms that roll an update back. They watch every variant at all times; the composite alarm over them tells the topics."""

    invocation_5xx_errors: Invocation5xxAlarm | None = Field(
        default_factory=Invocation5xxAlarm, description="Server errors of each variant; null for none."
    )
    model_latency: ModelLatencyAlarm | None = Field(
        default_factory=ModelLatencyAlarm, description="Latency percentile of each variant; null for none."
    )
    alarm_names: Annotated[tuple[_AlarmName, ...], Field(strict=False)] = Field((), description="Existing alarms that roll back too.")
    rollback_on: Literal["composite", "each"] = Field(
        "composite", description="What SageMaker watches during an update: the endpoint's one composite alarm, or each alarm by itself."
    )

    def generated(self) -> dict[str, MetricAlarm]:
        """The alarms made for each variant, by option name."""
        both: Mapping[str, MetricAlarm | None] = {
            "invocation_5xx_errors": self.invocation_5xx_errors,
            "model_latency": self.model_latency,
        }
        return {name: alarm for name, alarm in both.items() if alarm is not None}


class EndpointSpec(Spec):
    """Rollout, alarms and logs of one endpoint."""

    rollout: RolloutSpec = Field(default_factory=AllAtOnce, description="How an update reaches the traffic.")
    alarms: Alarms = Field(default_factory=Alarms, description="Alarms that roll an update back.")
    log_retention_in_days: LogRetention = Field(365, description="Days the containers' logs are kept; one of CloudWatch's values.")


def check_fit(spec: EndpointSpec, *, hosting_kind: str, instance_counts: Mapping[str, int]) -> list[Problem]:
    """What the options do not allow for an endpoint with these production variants: `(path, message)` each.

    `instance_counts` holds each production variant's initial instance count (any number for serverless).
    """
    problems = _check_alarms(spec, len(instance_counts))
    if hosting_kind == "serverless":
        if not isinstance(spec.rollout, AllAtOnce):
            problems.append(("rollout.kind", "deployment guardrails do not support serverless endpoints; use all_at_once"))
        return problems
    return problems + _check_rollout(spec, instance_counts)


def _check_alarms(spec: EndpointSpec, variants: int) -> list[Problem]:
    count = len(spec.alarms.generated()) * variants + len(spec.alarms.alarm_names)
    if not count:
        return [("alarms", "an endpoint needs at least one alarm to roll back on")]
    if spec.alarms.rollback_on == "each" and count > MAX_ALARMS:
        return [
            (
                "alarms",
                f"an endpoint rolls back on 1 to {MAX_ALARMS} alarms; {variants} variant(s) make {count}; use rollback_on: composite",
            )
        ]
    if count > MAX_CHILDREN:
        return [("alarms", f"a composite alarm looks at {MAX_CHILDREN} alarms at most; {variants} variant(s) make {count}")]
    return []


def _check_rollout(spec: EndpointSpec, instance_counts: Mapping[str, int]) -> list[Problem]:
    problems: list[Problem] = []
    rollout = spec.rollout
    slowest = max((alarm.detection_time() for alarm in spec.alarms.generated().values()), default=0)
    if rollout.bake_time() < slowest:
        problems.append(
            ("rollout", f"new instances are watched for {rollout.bake_time()} s, but the slowest alarm needs {slowest} s; wait longer")
        )
    if isinstance(rollout, Rolling) and len(instance_counts) > 1:
        problems.append(("rollout.kind", "SageMaker cannot roll a multi-variant endpoint batch by batch; use canary or linear"))
    for variant, instances in instance_counts.items():
        problems += _check_size(rollout, variant, instances)
    return problems


def _check_size(rollout: Rollout, variant: str, instances: int) -> list[Problem]:
    step = rollout.size()
    if step and step[1].kind == "INSTANCE_COUNT" and step[1].value * 2 > instances:
        name, size = step
        return [(f"rollout.{name}", f"{size.value} of {instances} instance(s) of variant {variant} is more than half of the fleet")]
    waits, timeout = rollout.waits(instances), rollout.timeout(instances)
    if waits >= timeout:
        return [
            (
                "rollout",
                f"the waits for {instances} instances of variant {variant} add up to {waits} s, not below the timeout of {timeout} s",
            )
        ]
    return []

"""Options of a variant's scaling: what is refused, in which words, and what fits which hosting."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.autoscaling.fit import check_fit, lint
from modules.autoscaling.metrics import PREDEFINED_HOSTING
from modules.autoscaling.policies import Step, check_steps
from modules.autoscaling.spec import AutoscalingSpec
from tests.modules.support import messages


def tracking(**options: Any) -> dict[str, Any]:
    return {"kind": "target_tracking", "name": "track", "metric": "SageMakerVariantInvocationsPerInstance", "target_value": 100, **options}


def custom(metric_name: str, target_value: float = 50, **options: Any) -> dict[str, Any]:
    return tracking(metric=None, custom={"metric_name": metric_name, **options}, target_value=target_value)


def step(*steps: dict[str, Any], operator: str = "GreaterThanOrEqualToThreshold", **options: Any) -> dict[str, Any]:
    alarm = {"metric_name": "ModelLatency", "threshold": 100, "comparison_operator": operator}
    return {"kind": "step", "name": "steps", "steps": list(steps) or [up(0)], "alarm": alarm, **options}


def up(low: float | None, high: float | None = None, change: int = 1) -> dict[str, Any]:
    return {"metric_interval_lower_bound": low, "metric_interval_upper_bound": high, "scaling_adjustment": change}


def scheduled(schedule: str = "rate(1 hour)", name: str = "at", **options: Any) -> dict[str, Any]:
    return {"kind": "scheduled", "name": name, "schedule": schedule, "min_capacity": 2, "max_capacity": 3, **options}


def spec(*policies: dict[str, Any], low: int = 2, high: int = 10, **options: Any) -> dict[str, Any]:
    return {"min_capacity": low, "max_capacity": high, "policies": list(policies), **options}


@pytest.mark.parametrize(
    "options",
    [
        spec(tracking()),
        *(spec(tracking(metric=metric, target_value=0.5)) for metric in PREDEFINED_HOSTING),
        spec(custom("CPUUtilization")),
        spec(custom("Depth", namespace="Mine", dimensions={"Queue": "q"}, statistic="Maximum", unit="Count")),
        spec(step(up(0, 10), up(10, 50, 2), up(50, None, 3))),
        spec(step(up(None, -10, -2), up(-10, 0, -1), operator="LessThanThreshold")),
        spec(step(up(None, 0, 0), up(0, None, 1))),
        spec(step(adjustment_type="PercentChangeInCapacity", min_adjustment_magnitude=2)),
        spec(scheduled("at(2026-02-28T23:59:59)")),
        spec(scheduled("rate(5 minutes)", start_time="2026-01-01T00:00:00Z", end_time="2026-02-01T00:00:00Z")),
        spec(scheduled("cron(0 7 ? * MON-FRI *)", timezone="Europe/Berlin")),
        spec(scheduled("cron(0/15 8-17 L * ? 2026-2030)")),
        spec(scheduled("cron(0 0 ? JAN,DEC 6#3 *)")),
        spec(scheduled("cron(30 18 15W * ? *)")),
        spec(low=0, wake_from_zero=True),
        spec(tracking(), scheduled(min_capacity=None, max_capacity=2, name="cap"), low=2),
    ],
)
def test_taken(options: dict[str, Any]) -> None:
    assert messages(AutoscalingSpec, options) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (spec(tracking(), low=5, high=4), "min_capacity 5 is above max_capacity 4"),
        (spec(), "without a policy the capacity never changes"),
        (spec(tracking(), wake_from_zero=True), "wake_from_zero is for min_capacity: 0"),
        (spec(tracking(), custom("CPUUtilization")), "policy names must be unique; used twice: track"),
        (spec(tracking(name="wake-from-zero"), low=0, wake_from_zero=True), "used twice: wake-from-zero"),
        (spec(tracking(), tracking(name="two")), "two target tracking policies follow SageMakerVariantInvocationsPerInstance"),
        (spec(tracking(metric=None)), "give exactly one of metric (predefined) and custom"),
        (spec(tracking(custom={"metric_name": "CPUUtilization"})), "give exactly one of metric"),
        (spec(tracking(metric="CPUUtilization")), "SageMakerVariantInvocationsPerInstance"),
        (spec(tracking(target_value=0)), "greater than 0"),
        (spec(tracking(scale_in_cooldown=-1)), "greater than or equal to 0"),
        (spec(custom("Depth")), "Depth is not a metric SageMaker publishes; say its namespace"),
        (spec({"kind": "predictive"}), "'target_tracking', 'step', 'scheduled'"),
        (spec(step(up(0, 10), up(20, None))), "steps leave a gap from 10 to 20"),
        (spec(step(up(0, 20), up(10, None))), "steps overlap from 10 to 20"),
        (spec(step(up(0, 10))), "the steps must start at 0 and the last one have no upper bound"),
        (spec(step(up(5, None))), "the steps must start at 0"),
        (spec(step(up(0, None, -1), operator="LessThanThreshold")), "the first step must have no lower bound and the last one end at 0"),
        (spec(step(up(10, 10), up(10, None))), "step [10, 10) is empty"),
        (spec(step(up(None, None))), "a step needs a lower or an upper bound"),
        (spec(step(min_adjustment_magnitude=2)), "only for adjustment_type: PercentChangeInCapacity"),
        (spec(step(up(0, None, -1), adjustment_type="ExactCapacity")), "ExactCapacity is a capacity and cannot be negative"),
        (spec(step() | {"steps": []}), "at least 1 item"),
        (
            spec(step() | {"alarm": {"metric_name": "ModelLatency", "threshold": 1, "period": 7}}),
            "period must be 10, 30 or a multiple of 60",
        ),
        (
            spec(step() | {"alarm": {"metric_name": "ModelLatency", "threshold": 1, "datapoints_to_alarm": 3}}),
            "datapoints_to_alarm 3 is above evaluation_periods 2",
        ),
        (spec(scheduled("every day")), "is none of at("),
        (spec(scheduled("at(2026-02-30T00:00:00)")), "is not a valid time"),
        (spec(scheduled("rate(1 hours)")), "write the singular of the unit after 1"),
        (spec(scheduled("rate(2 hour)")), "write the plural of the unit after 2"),
        (spec(scheduled("rate(0 hours)")), "needs a number above 0"),
        (spec(scheduled("cron(0 7 * * MON-FRI)")), "cron() has six fields"),
        (spec(scheduled("cron(0 7 * * MON-FRI *)")), "exactly one of day-of-month and day-of-week must be ?"),
        (spec(scheduled("cron(60 7 ? * MON *)")), "'60' is not valid for minutes (0-59)"),
        (spec(scheduled("cron(0 24 ? * MON *)")), "'24' is not valid for hours (0-23)"),
        (spec(scheduled("cron(0 7 32 * ? *)")), "'32' is not valid for day-of-month (1-31)"),
        (spec(scheduled("cron(0 7 ? 13 MON *)")), "'13' is not valid for month (1-12)"),
        (spec(scheduled("cron(0 7 ? * FRI-MON *)")), "'FRI-MON' is not valid for day-of-week (1-7)"),
        (spec(scheduled("cron(0 7 ? * MON 1969)")), "'1969' is not valid for year (1970-2199)"),
        (spec(scheduled("cron(*/0 7 ? * MON *)")), "'*/0' is not valid for minutes"),
        (spec(scheduled("cron(? 7 ? * MON *)")), "'?' is not valid for minutes"),
        (spec(scheduled(timezone="Mars/Olympus")), "'Mars/Olympus' is not an IANA time zone"),
        (spec(scheduled(start_time="tomorrow")), "'tomorrow' is not a valid time; write it like 2026-01-31T08:00:00Z"),
        (spec(scheduled(start_time="2026-02-01T00:00:00Z", end_time="2026-01-01T00:00:00Z")), "is not before end_time"),
        (spec(scheduled(min_capacity=None, max_capacity=None)), "give min_capacity, max_capacity or both"),
        (spec(scheduled(min_capacity=4)), "min_capacity 4 is above max_capacity 3"),
        (spec(scheduled(min_capacity=11, max_capacity=None)), "sets min_capacity 11 alone, above the max_capacity 10 of the base"),
        (spec(scheduled(min_capacity=None, max_capacity=1)), "sets max_capacity 1 alone, below the min_capacity 2 of the base"),
        (
            spec(scheduled(name="night", min_capacity=2, max_capacity=3), scheduled(name="noon", min_capacity=5, max_capacity=None)),
            "noon sets min_capacity 5 alone, above the max_capacity 3 of night; set both there",
        ),
    ],
)
def test_refused(options: dict[str, Any], message: str) -> None:
    found = messages(AutoscalingSpec, options)
    assert len(found) == 1 and message in found[0], found


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=8, unique=True), st.randoms())
def test_a_partition_is_always_taken_and_never_with_a_piece_missing(cuts: list[int], random: Any) -> None:
    bounds = [0.0, *sorted(map(float, cuts))]
    steps = [
        Step(metric_interval_lower_bound=low, metric_interval_upper_bound=high, scaling_adjustment=1)
        for low, high in zip(bounds, [*bounds[1:], None], strict=True)
    ]
    random.shuffle(steps)
    check_steps(tuple(steps), upward=True)
    del steps[random.randrange(len(steps))]
    if steps:
        with pytest.raises(ValueError, match=r"gap|start at 0"):
            check_steps(tuple(steps), upward=True)


def parse(options: dict[str, Any]) -> AutoscalingSpec:
    return AutoscalingSpec.model_validate(options)


INSTANCES = {"hosting_kind": "instances", "instance_type": "ml.m5.large"}
ASYNCHRONOUS = {"hosting_kind": "asynchronous", "instance_type": "ml.m5.large"}
SERVERLESS = {"hosting_kind": "serverless", "provisioned_concurrency": 2, "max_concurrency": 20}
UTILIZATION = tracking(metric="SageMakerVariantProvisionedConcurrencyUtilization", target_value=0.7)
BACKLOG = custom("ApproximateBacklogSizePerInstance", 5)


@pytest.mark.parametrize(
    ("options", "variant", "expected"),
    [
        (spec(tracking()), INSTANCES, []),
        (spec(tracking(metric="SageMakerVariantConcurrentRequestsPerModelHighResolution")), INSTANCES, []),
        (spec(custom("CPUUtilization", 140)), INSTANCES, []),
        (spec(custom("Depth", namespace="Mine")), INSTANCES, []),
        (spec(UTILIZATION), INSTANCES, [("policies[0].metric", "published for serverless, not for instances")]),
        (spec(BACKLOG), INSTANCES, [("policies[0].custom.metric_name", "published for asynchronous, not for instances")]),
        (spec(custom("CPUUtilization", 201)), INSTANCES, [("policies[0].target_value", "at most 200 here")]),
        (spec(custom("MemoryUtilization", 101)), INSTANCES, [("policies[0].target_value", "at most 100 here")]),
        (spec(custom("GPUUtilization", 50)), INSTANCES, [("policies[0].custom.metric_name", "has no GPU")]),
        (spec(custom("GPUUtilization", 350)), INSTANCES | {"instance_type": "ml.g5.12xlarge"}, []),
        (spec(tracking(metric="SageMakerInferenceComponentInvocationsPerCopy")), INSTANCES, [("policies[0].metric", "inference components")]),
        (spec(tracking()), INSTANCES | {"instance_type": "ml.t2.medium"}, [("", "does not scale burstable instance types such as ml.t2.medium")]),
        (spec(tracking()), INSTANCES | {"managed_instance_scaling": True}, [("", "SageMaker scales it already")]),
        (spec(tracking(), low=0), INSTANCES, [("min_capacity", "cannot be scaled to 0")]),
        (spec(low=0, wake_from_zero=True), INSTANCES, [("min_capacity", "scaled to 0"), ("wake_from_zero", "only asynchronous")]),
        (spec(tracking(), scheduled(min_capacity=0)), INSTANCES, [("policies[1].min_capacity", "cannot be scaled to 0")]),
        (spec(BACKLOG), ASYNCHRONOUS, []),
        (spec(BACKLOG, low=0, wake_from_zero=True), ASYNCHRONOUS, []),
        (spec(custom("CPUUtilization")), ASYNCHRONOUS, []),
        (spec(BACKLOG, low=0), ASYNCHRONOUS, [("wake_from_zero", "nothing wakes the endpoint")]),
        (spec(tracking()), ASYNCHRONOUS, [("policies[0].metric", "use custom: {metric_name: ApproximateBacklogSizePerInstance}")]),
        (spec(UTILIZATION), SERVERLESS, []),
        (spec(tracking()), SERVERLESS, [("policies[0].metric", "use SageMakerVariantProvisionedConcurrencyUtilization")]),
        (spec(UTILIZATION | {"target_value": 70}), SERVERLESS, [("policies[0].target_value", "is 0 to 1, so 70 is never reached")]),
        (spec(UTILIZATION), SERVERLESS | {"provisioned_concurrency": None}, [("", "set provisioned_concurrency or remove autoscaling")]),
        (spec(UTILIZATION, high=21), SERVERLESS, [("max_capacity", "21 is above the variant's max_concurrency 20")]),
        (spec(UTILIZATION, low=0, wake_from_zero=True), SERVERLESS, [("min_capacity", "scaled to 0"), ("wake_from_zero", "only asynchronous")]),
        (spec(custom("CPUUtilization")), SERVERLESS, [("policies[0].custom.metric_name", "not for serverless")]),
        (spec(step()), INSTANCES, []),
        (
            spec(step() | {"alarm": {"metric_name": "HasBacklogWithoutCapacity", "threshold": 1}}),
            INSTANCES,
            [("policies[0].alarm.metric_name", "published for asynchronous")],
        ),
    ],
)  # fmt: skip
def test_fit(options: dict[str, Any], variant: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = check_fit(parse(options), **variant)
    assert len(found) == len(expected), found
    assert all(path == wanted and text in message for (path, message), (wanted, text) in zip(found, expected, strict=True)), found


def test_lint_of_cpu_targets() -> None:
    ((path, message),) = lint(parse(spec(tracking(name="a"), custom("CPUUtilization", 70))), instance_type="ml.m5.2xlarge")
    assert path == "policies[1].target_value"
    assert message == "CPUUtilization goes to 800 on ml.m5.2xlarge (8 vCPUs), so 70 is 9 % of it; for 70 % write 560"
    assert lint(parse(spec(custom("CPUUtilization", 560))), instance_type="ml.m5.2xlarge") == []
    assert lint(parse(spec(custom("CPUUtilization", 70)))) == []
    assert lint(parse(spec(custom("MemoryUtilization", 70))), instance_type="ml.m5.2xlarge") == []


def test_metrics_are_those_of_the_api() -> None:
    import botocore.session

    shape = botocore.session.get_session().get_service_model("application-autoscaling").shape_for("MetricType")
    assert set(PREDEFINED_HOSTING) == {name for name in shape.enum if name.startswith("SageMaker")}

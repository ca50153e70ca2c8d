"""Application Auto Scaling: schedules, what policies want, and capacity that really changes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws import autoscaling_evaluation, metrics
from slipway.localaws.autoscaling_policies import stepped, tracked
from slipway.localaws.autoscaling_schedule import ScheduleError, check, due
from tests.localaws.runtime.conftest import until
from tests.localaws.sagemaker_requests import config, model, settle

ACCOUNT, REGION = "111111111111", "eu-west-1"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/v",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
DIMENSIONS = {"EndpointName": "e", "VariantName": "v"}


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("schedule", "zone", "after", "now", "expected"),
    [
        ("at(2026-03-01T08:00:00)", None, "2026-03-01T07:59", "2026-03-01T08:00", True),
        ("at(2026-03-01T08:00:00)", "Europe/Berlin", "2026-03-01T06:59", "2026-03-01T07:00", True),
        ("at(2026-03-01T08:00:00)", None, "2026-03-01T08:00", "2026-03-01T09:00", False),
        ("rate(5 minutes)", None, "2026-03-01T00:04", "2026-03-01T00:06", True),
        ("rate(5 minutes)", None, "2026-03-01T00:06", "2026-03-01T00:09", False),
        ("cron(0 8 ? * MON-FRI *)", None, "2026-03-02T07:59:30", "2026-03-02T08:00:10", True),
        ("cron(0 8 ? * MON-FRI *)", None, "2026-03-01T07:59:30", "2026-03-01T08:00:10", False),
        ("cron(*/15 * * * ? *)", None, "2026-03-01T07:16", "2026-03-01T07:29", False),
        ("cron(0 9 1 MAR ? 2026)", "America/New_York", "2026-03-01T13:30", "2026-03-01T14:30", True),
    ],
)
def test_schedules(schedule: str, zone: str | None, after: str, now: str, expected: bool) -> None:
    assert due(schedule, zone, at("2026-03-01T00:00"), at(after), at(now)) is expected


@pytest.mark.parametrize("schedule", ["", "every day", "cron(61 * * * ? *)", "cron(0 8)", "rate(0 minutes)", "cron(0 8 ? * FUNDAY *)"])
def test_schedules_that_are_refused(schedule: str) -> None:
    with pytest.raises((ScheduleError, ZeroDivisionError)):
        check(schedule, None)
    with pytest.raises(ScheduleError, match="timezone"):
        check("rate(1 day)", "Mars/Olympus")


@pytest.mark.parametrize(
    ("kind", "more", "value", "expected"),
    [
        ("ChangeInCapacity", {}, 12.0, 5),
        ("ChangeInCapacity", {}, 25.0, 7),
        ("ExactCapacity", {}, 12.0, 1),
        ("PercentChangeInCapacity", {"MinAdjustmentMagnitude": 2}, 12.0, 6),
        ("ChangeInCapacity", {}, 9.0, None),
    ],
)
def test_steps(kind: str, more: dict[str, Any], value: float, expected: int | None) -> None:
    steps = [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 3},
    ]
    body = {"AdjustmentType": kind, "StepAdjustments": steps, **more}
    assert stepped(SimpleNamespace(step_scaling_policy_configuration=body), value, 10.0, 4) == expected


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "60")


def tracking(target: float, **more: Any) -> dict[str, Any]:
    return {
        "TargetValue": target,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        **more,
    }


def record(values: list[float], seconds: float) -> None:
    """One event for each period of `seconds`, the last one just complete."""
    now = time.time()
    end = now - now % seconds
    store = metrics.store(ACCOUNT, REGION)
    for number, value in enumerate(reversed(values)):
        point = metrics.Point(end - (number + 0.5) * seconds, 1, value, value, value)
        store.add(metrics.Name.of("AWS/SageMaker", "InvocationsPerInstance", DIMENSIONS), point)


@pytest.mark.parametrize(
    ("values", "more", "expected"),
    [
        ([200.0] * 3, {}, 4),
        ([200.0] * 2, {}, 2),
        ([100.0] * 15, {}, 2),
        ([10.0] * 15, {}, 1),
        ([10.0] * 14, {}, 2),
        ([10.0] * 15, {"DisableScaleIn": True}, 2),
        ([], {}, None),
    ],
)
def test_target_tracking(fast: None, url: str, values: list[float], more: dict[str, Any], expected: int | None) -> None:
    record(values, 1.0)
    policy = SimpleNamespace(target_tracking_scaling_policy_configuration=tracking(100.0, **more), resource_id=TARGET["ResourceId"])
    assert tracked(ACCOUNT, REGION, policy, 2) == expected


@pytest.fixture
def scaling(fast: None, client: Any) -> Iterator[Any]:
    sagemaker = client("sagemaker")
    model(sagemaker), config(sagemaker, "c")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    settle(sagemaker)
    scaling = client("application-autoscaling")
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=3)
    yield scaling


def count(client: Any) -> int:
    return int(settle(client("sagemaker"))["ProductionVariants"][0]["DesiredInstanceCount"])


def test_target_tracking_changes_the_count(scaling: Any, client: Any) -> None:
    scaling.put_scaling_policy(
        **TARGET, PolicyName="p", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking(10.0)
    )
    record([100.0] * 6, 1.0)
    until(lambda: record([100.0] * 3, 1.0) or count(client) == 3)
    (activity, *_) = scaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
    assert activity["StatusCode"] == "Successful" and activity["Description"] == "Setting desired instance count to 3."
    assert "AlarmHigh in state ALARM triggered policy p" in activity["Cause"]
    assert scaling.describe_scaling_activities(ServiceNamespace="sagemaker", ResourceId="endpoint/x/variant/v")["ScalingActivities"] == []


def test_steps_follow_an_alarm_with_a_cooldown_and_a_suspension(scaling: Any, client: Any) -> None:
    steps = {
        "AdjustmentType": "ChangeInCapacity",
        "Cooldown": 3600,
        "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": -1}],
    }
    policy = scaling.put_scaling_policy(**TARGET, PolicyName="s", PolicyType="StepScaling", StepScalingPolicyConfiguration=steps)
    scaling.register_scalable_target(**TARGET, SuspendedState={"DynamicScalingInSuspended": True})
    client("cloudwatch").put_metric_alarm(
        AlarmName="idle",
        Namespace="Own",
        MetricName="Idle",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
        AlarmActions=[policy["PolicyARN"]],
    )
    client("cloudwatch").put_metric_data(Namespace="Own", MetricData=[{"MetricName": "Idle", "Value": 5.0}])
    until(lambda: client("cloudwatch").describe_alarms()["MetricAlarms"][0]["StateValue"] == "ALARM")
    time.sleep(1.5)
    assert count(client) == 2
    suspended = {"DynamicScalingInSuspended": False, "DynamicScalingOutSuspended": False, "ScheduledScalingSuspended": False}
    scaling.register_scalable_target(**TARGET, SuspendedState=suspended)
    until(lambda: count(client) == 1)
    time.sleep(1.5)
    assert len(scaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]) == 1


def test_a_scheduled_action_changes_limits_and_count(scaling: Any, client: Any) -> None:
    scaling.put_scheduled_action(
        **TARGET, ScheduledActionName="up", Schedule="rate(1 minute)", ScalableTargetAction={"MinCapacity": 5, "MaxCapacity": 9}
    )
    until(lambda: count(client) == 5)
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (5, 9)
    with pytest.raises(ClientError, match="schedule"):
        scaling.put_scheduled_action(**TARGET, ScheduledActionName="x", Schedule="sometimes")


def test_nothing_is_left_to_watch(url: str) -> None:
    assert autoscaling_evaluation.job() is False

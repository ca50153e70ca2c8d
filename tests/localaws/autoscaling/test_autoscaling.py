"""Application Auto Scaling: what policies want, and capacity that really changes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.autoscaling import evaluation
from slipway.localaws.autoscaling.policies import stepped, tracked
from slipway.localaws.cloudwatch import metrics
from tests.localaws.runtime.conftest import until
from tests.localaws.sagemaker_requests import config, model, settle

ACCOUNT, REGION = "111111111111", "eu-west-1"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/v",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
DIMENSIONS = {"EndpointName": "e", "VariantName": "v"}


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


@pytest.mark.parametrize(("value", "expected"), [(9.0, 3), (5.0, 2), (4.0, 2), (10.0, None)])
def test_steps_below_the_threshold(value: float, expected: int | None) -> None:
    """The upper bound of a step below the threshold belongs to it, its lower bound does not."""
    steps = [
        {"MetricIntervalLowerBound": -5, "MetricIntervalUpperBound": -1, "ScalingAdjustment": -1},
        {"MetricIntervalUpperBound": -5, "ScalingAdjustment": -2},
    ]
    body = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps}
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


def record(values: list[float], seconds: float, ahead: int = 0) -> bool:
    """One event for each period of `seconds`, the last one just complete, or `ahead` periods from now. Returns False."""
    now = time.time()
    end = now - now % seconds + ahead * seconds
    store = metrics.store(ACCOUNT, REGION)
    for number, value in enumerate(reversed(values)):
        point = metrics.Point(end - (number + 0.5) * seconds, 1, value, value, value)
        store.add(metrics.Name.of("AWS/SageMaker", "InvocationsPerInstance", DIMENSIONS), point)
    return False


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


def step_body() -> dict[str, Any]:
    return {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]}


def test_a_changed_policy_keeps_its_arn(scaling: Any) -> None:
    put = [
        scaling.put_scaling_policy(**TARGET, PolicyName="s", PolicyType="StepScaling", StepScalingPolicyConfiguration=step_body() | more)
        for more in ({}, {"Cooldown": 60})
    ]
    assert put[0]["PolicyARN"] == put[1]["PolicyARN"]
    (shown,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert shown["StepScalingPolicyConfiguration"]["Cooldown"] == 60


CUSTOM: dict[str, Any] = {"Namespace": "Own", "MetricName": "Load", "Statistic": "Average"}
TWICE = [{"Id": name, "MetricStat": {"Metric": {"Namespace": "Own", "MetricName": name}, "Stat": "Sum"}} for name in ("a", "b")]


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ({}, "exactly one of"),
        ({"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}, "does not belong"),
        ({"CustomizedMetricSpecification": {**CUSTOM, "Statistic": "tc90"}}, "no statistic tc90"),
        ({"CustomizedMetricSpecification": {"Namespace": "Own", "MetricName": "Load"}}, "no Statistic"),
        ({"CustomizedMetricSpecification": {"Metrics": TWICE}}, "must have ReturnData"),
        ({"CustomizedMetricSpecification": {"Metrics": [{"Id": "e", "Expression": "m1 / 2"}]}}, "not there"),
    ],
)
def test_metrics_that_cannot_be_tracked_are_refused(scaling: Any, metric: dict[str, Any], words: str) -> None:
    body = {"TargetValue": 1.0, **metric}
    with pytest.raises(ClientError, match=words):
        scaling.put_scaling_policy(
            **TARGET, PolicyName="p", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=body
        )


def test_a_policy_needs_its_target(scaling: Any) -> None:
    scaling.deregister_scalable_target(**TARGET)
    with pytest.raises(scaling.exceptions.ObjectNotFoundException):
        scaling.put_scaling_policy(**TARGET, PolicyName="s", PolicyType="StepScaling", StepScalingPolicyConfiguration=step_body())


def test_it_scales_in_only_when_every_policy_wants_it(scaling: Any, client: Any) -> None:
    """One policy without data holds it up, until it may not scale in at all."""
    scaling.put_scaling_policy(
        **TARGET, PolicyName="p", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking(100.0)
    )
    other = {"TargetValue": 1.0, "CustomizedMetricSpecification": CUSTOM}
    put = {**TARGET, "PolicyName": "other", "PolicyType": "TargetTrackingScaling"}
    scaling.put_scaling_policy(**put, TargetTrackingScalingPolicyConfiguration=other)
    record([10.0] * 40, 1.0, ahead=25)
    time.sleep(2)
    assert count(client) == 2
    scaling.put_scaling_policy(**put, TargetTrackingScalingPolicyConfiguration={**other, "DisableScaleIn": True})
    until(lambda: count(client) == 1)


def test_what_is_due_while_suspended_is_never_done(scaling: Any, client: Any) -> None:
    scaling.register_scalable_target(**TARGET, SuspendedState={"ScheduledScalingSuspended": True})
    past = datetime.fromtimestamp(time.time() + 1, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    scaling.put_scheduled_action(**TARGET, ScheduledActionName="up", Schedule=f"at({past})", ScalableTargetAction={"MinCapacity": 3})
    time.sleep(1.8)
    scaling.register_scalable_target(**TARGET, SuspendedState={"ScheduledScalingSuspended": False})
    time.sleep(1)
    assert count(client) == 2 and scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"][0]["MinCapacity"] == 1


def test_nothing_is_left_to_watch(url: str) -> None:
    assert evaluation.job() is False

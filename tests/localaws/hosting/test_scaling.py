"""Application Auto Scaling of endpoints that run: real requests, real metrics, real instances."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import pytest

from slipway.containers import launch
from slipway.errors import SlipwayError
from slipway.localaws import background
from slipway.localaws.hosting import containers
from tests.localaws.hosting.lab import Lab, variant
from tests.localaws.runtime.conftest import until

INSTANCES, CONCURRENCY = "sagemaker:variant:DesiredInstanceCount", "sagemaker:variant:DesiredProvisionedConcurrency"
DIMENSIONS = [{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": "main"}]


class Callers:
    """Threads that invoke `e` every `pause` seconds; both may change meanwhile. `statuses` counts answers and errors."""

    def __init__(self, lab: Lab, threads: int = 1, pause: float = 0.03, body: bytes = b"x") -> None:
        self.pause, self.body = pause, body
        self.statuses: Counter[int | str] = Counter()
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(lab.client("sagemaker-runtime"),)) for _ in range(threads)]

    def _ask(self, runtime: Any) -> None:
        while not self._done.wait(self.pause):
            try:
                answer = runtime.invoke_endpoint(EndpointName="e", Body=self.body)
                self.statuses[answer["ResponseMetadata"]["HTTPStatusCode"]] += 1
            except Exception as error:
                self.statuses[repr(error)] += 1

    def __enter__(self) -> Callers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()


class Scaler:
    """Application Auto Scaling of variant `main` in one dimension."""

    def __init__(self, lab: Lab, dimension: str = INSTANCES, low: int = 1, high: int = 3) -> None:
        self.client = lab.client("application-autoscaling")
        self.target = {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/e/variant/main", "ScalableDimension": dimension}
        self.client.register_scalable_target(**self.target, MinCapacity=low, MaxCapacity=high)

    def track(self, target: float, name: str = "track", **more: Any) -> str:
        """A target tracking policy with short cooldowns."""
        body = {"TargetValue": target, "ScaleOutCooldown": 60, "ScaleInCooldown": 60, **more}
        return self._put(name, PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=body)

    def steps(self, *steps: dict[str, Any], cooldown: int) -> str:
        """A step policy that changes the count."""
        body = {"AdjustmentType": "ChangeInCapacity", "Cooldown": cooldown, "StepAdjustments": list(steps)}
        return self._put("steps", PolicyType="StepScaling", StepScalingPolicyConfiguration=body)

    def at_once(self, **limits: int) -> None:
        """A scheduled action that is due a minute from now."""
        self.client.put_scheduled_action(
            **self.target,
            ScheduledActionName="now",
            Schedule="rate(1 minute)",
            ScalableTargetAction={f"{k}Capacity": v for k, v in limits.items()},
        )

    def activities(self) -> list[dict[str, Any]]:
        """What was done, newest first."""
        found: list[dict[str, Any]] = self.client.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
        return found

    def _put(self, name: str, **more: Any) -> str:
        return str(self.client.put_scaling_policy(**self.target, PolicyName=name, **more)["PolicyARN"])


def predefined(kind: str) -> dict[str, Any]:
    return {"PredefinedMetricSpecification": {"PredefinedMetricType": f"SageMakerVariant{kind}"}}


def counts(lab: Lab) -> tuple[str, int, int]:
    """Status, desired and current instances, as DescribeEndpoint says."""
    said = lab.describe()
    live = said["ProductionVariants"][0]
    return said["EndpointStatus"], live["DesiredInstanceCount"], live["CurrentInstanceCount"]


def settled(lab: Lab, count: int) -> bool:
    return counts(lab) == ("InService", count, count)


@pytest.fixture(autouse=True)
def quick(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A minute of AWS lasts half a second, and what goes on by itself looks ten times a second."""
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "120")
    monkeypatch.setenv("SLIPWAY_LOCAL_INSTANCES", "3")
    monkeypatch.setattr(background, "TICK_SECONDS", 0.1)
    yield


@pytest.fixture
def running(lab: Lab) -> Lab:
    """The endpoint, with one instance."""
    lab.model("one"), lab.config("c", variant()), lab.create("c")
    return lab


def test_target_tracking_scales_out_under_load_and_in_after_it(running: Lab) -> None:
    scaler = Scaler(running)
    scaler.track(2.0, **predefined("InvocationsPerInstance"))
    with Callers(running, threads=2) as callers:
        until(lambda: settled(running, 3))
        assert containers.count() == 3 == len(running.live.instances("main"))
        callers.pause = 0.4
        until(lambda: settled(running, 1), 30)
        assert containers.count() == 1
    assert set(callers.statuses) == {200} and running.ask()["answer"] == "one"
    newest, *_, oldest = until(scaler.activities)
    assert (
        newest["Description"] == "Setting desired instance count to 1."
        and "AlarmLow in state ALARM triggered policy track" in newest["Cause"]
    )
    assert "AlarmHigh" in oldest["Cause"] and {item["StatusCode"] for item in scaler.activities()} == {"Successful"}
    assert all(item["StartTime"] <= item["EndTime"] for item in scaler.activities())


def test_steps_follow_an_alarm_on_real_latencies(running: Lab) -> None:
    """The step that fits how far the metric is beyond the threshold, and the cooldown after it."""
    scaler = Scaler(running)
    first = {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 50_000.0, "ScalingAdjustment": 1}
    policy = scaler.steps(first, {"MetricIntervalLowerBound": 50_000.0, "ScalingAdjustment": 2}, cooldown=3600)
    running.client("cloudwatch").put_metric_alarm(
        AlarmName="slow",
        Namespace="AWS/SageMaker",
        MetricName="ModelLatency",
        Dimensions=DIMENSIONS,
        ExtendedStatistic="p50",
        Period=60,
        EvaluationPeriods=2,
        Threshold=100_000,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[policy],
    )
    with Callers(running, pause=0.1) as callers:
        time.sleep(1.5)
        assert counts(running)[1] == 1 and not scaler.activities()
        callers.body = b"sleep 0.2"
        until(lambda: settled(running, 3))
    assert set(callers.statuses) == {200} and containers.count() == 3
    (activity,) = scaler.activities()
    assert activity["Cause"] == "monitor alarm slow in state ALARM triggered policy steps"


def test_a_scheduled_action_waits_for_an_update_to_end(running: Lab) -> None:
    """Nothing is scaled while the endpoint updates; what was due then is done after it, once."""
    scaler = Scaler(running)
    running.model("two", BREAK="slow"), running.config("next", variant(model="two"))
    with Callers(running, pause=0.1) as callers:
        running.update("next")
        scaler.at_once(Min=2, Max=3)
        until(lambda: scaler.client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"][0]["MinCapacity"] == 2)
        assert counts(running) == ("Updating", 1, 1) and not scaler.activities()
        scaler.client.delete_scheduled_action(**scaler.target, ScheduledActionName="now")
        until(lambda: settled(running, 2))
    assert running.describe()["EndpointConfigName"] == "next" and containers.count() == 2 and set(callers.statuses) == {200}
    (activity,) = scaler.activities()
    assert activity["Cause"] == "scheduled action name now was triggered"


def test_an_instance_that_does_not_start_makes_a_failed_activity(running: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SlipwayError("no memory left")

    scaler = Scaler(running)
    monkeypatch.setattr(launch, "start", refuse)
    scaler.at_once(Min=2, Max=3)
    until(scaler.activities)
    scaler.client.delete_scheduled_action(**scaler.target, ScheduledActionName="now")
    until(lambda: {item["StatusCode"] for item in scaler.activities()} == {"Failed"})
    assert "CannotStartContainerError" in scaler.activities()[0]["StatusMessage"]
    assert settled(running, 1) and running.ask()["answer"] == "one"


def test_target_tracking_goes_on_after_an_update(running: Lab) -> None:
    scaler = Scaler(running, high=2)
    running.model("two", BREAK="slow"), running.config("next", variant(model="two"))
    with Callers(running, threads=2) as callers:
        running.update("next")
        scaler.track(2.0, **predefined("InvocationsPerInstance"))
        assert counts(running) == ("Updating", 1, 1)
        until(lambda: settled(running, 2))
    assert running.describe()["EndpointConfigName"] == "next" and set(callers.statuses) == {200}
    assert [item["StatusCode"] for item in scaler.activities()] == ["Successful"]


def test_concurrency_in_high_resolution(running: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten-second periods (here half a second), and requests that are longer than one: they count as long as they last."""
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "20")
    scaler = Scaler(running, high=2)
    scaler.track(1.5, **predefined("ConcurrentRequestsPerModelHighResolution"))
    with Callers(running, threads=4, body=b"sleep 1.2") as callers:
        until(lambda: settled(running, 2))
    assert set(callers.statuses) == {200}
    assert "AlarmHigh" in scaler.activities()[-1]["Cause"]


def test_a_customized_metric(running: Lab) -> None:
    """Metric math over what the endpoint emits: requests per second of all instances together."""
    scaler = Scaler(running, high=2)
    stat = {"Metric": {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": DIMENSIONS}, "Stat": "Sum"}
    queries = [{"Id": "m", "MetricStat": stat, "ReturnData": False}, {"Id": "rate", "Expression": "m / 60", "ReturnData": True}]
    scaler.track(0.05, CustomizedMetricSpecification={"Metrics": queries})
    with Callers(running, threads=2) as callers:
        until(lambda: settled(running, 2))
    assert set(callers.statuses) == {200}


def test_provisioned_concurrency(lab: Lab) -> None:
    lab.model("one")
    lab.config("c", variant(ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": 9, "ProvisionedConcurrency": 1})), lab.create("c")
    scaler = Scaler(lab, CONCURRENCY)
    # Longer than the datapoints of one provisioned stay in sight.
    scaler.track(0.6, **{**predefined("ProvisionedConcurrencyUtilization"), "ScaleOutCooldown": 240})

    def serverless() -> dict[str, Any]:
        shown: dict[str, Any] = lab.describe()["ProductionVariants"][0]["CurrentServerlessConfig"]
        return shown

    with Callers(lab, threads=1, pause=0.02) as callers:
        until(lambda: serverless()["ProvisionedConcurrency"] == 2)
        time.sleep(3)
        # One request at a time is half of two: neither above 60 % nor below 54 % for long enough.
        assert serverless() == {"MemorySizeInMB": 2048, "MaxConcurrency": 9, "ProvisionedConcurrency": 2}
    assert set(callers.statuses) == {200}
    assert scaler.activities()[-1]["Description"] == "Setting desired provisioned concurrency to 2."

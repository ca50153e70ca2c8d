"""UpdateEndpoint: who answers while traffic shifts, and that nobody is ever left without an answer."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.hosting import bake, containers, settings
from tests.localaws.hosting.lab import Lab, Load, variant

ALARM = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}
TRIPPED = "The deployment was rolled back because the following alarms are in ALARM state: [errors]."


def blue_green(kind: str, wait: int, termination: int = 0, **size: Any) -> dict[str, Any]:
    routing = {"Type": kind, "WaitIntervalInSeconds": wait, **size}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": termination}}


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


CANARY = blue_green("CANARY", 90, CanarySize=percent(25))
LINEAR = blue_green("LINEAR", 60, LinearStepSize=percent(50))
ROLLING = {"RollingUpdatePolicy": {"MaximumBatchSize": percent(50), "WaitIntervalInSeconds": 60}}


@pytest.fixture
def two(lab: Lab) -> Lab:
    """An endpoint that runs model `one`, and configurations of `two` and of a broken model."""
    lab.model("one"), lab.model("two"), lab.model("broken", BREAK="exit")
    for name in ("one", "two", "broken"):
        lab.config(name, variant(model=name, InitialInstanceCount=2))
    lab.create("one")
    return lab


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    states = {"errors": "OK"}
    monkeypatch.setattr(bake, "alarm_states", lambda account, region, names: states)
    return states


def test_all_at_once_loses_nothing(two: Lab) -> None:
    with Load(two) as load:
        two.update("two")
        assert two.describe()["EndpointConfigName"] == "one"
        described = two.wait()
        assert load.share("two", 0.3) == 1.0
    assert not load.failures and set(load.answers) == {"one", "two"} and containers.count() == 2
    assert described["EndpointConfigName"] == "two" and "PendingDeploymentSummary" not in described and "FailureReason" not in described


def test_a_canary(two: Lab, alarms: dict[str, str]) -> None:
    with Load(two) as load:
        two.update("two", {**CANARY, **ALARM})
        pending = baking(two)
        assert pending["EndpointConfigName"] == "two" and pending["ProductionVariants"][0]["CurrentInstanceCount"] == 2
        assert 0.15 < load.share("two", 0.8) < 0.35
        two.wait()
        assert load.share("two", 0.3) == 1.0
    assert not load.failures


def test_linear_steps(two: Lab) -> None:
    with Load(two) as load:
        two.update("two", LINEAR)
        baking(two)
        assert 0.4 < load.share("two", 0.6) < 0.6
        two.wait()
    assert not load.failures


def test_rolling_has_no_second_fleet(two: Lab) -> None:
    with Load(two) as load:
        two.update("two", ROLLING)
        baking(two)
        assert 0.4 < load.share("two", 0.6) < 0.6 and containers.count() == 2
        two.wait()
        assert load.share("two", 0.3) == 1.0
    assert not load.failures and containers.count() == 2


@pytest.mark.parametrize("deployment", [CANARY, LINEAR, ROLLING, blue_green("ALL_AT_ONCE", 0, termination=120)])
def test_an_alarm_rolls_back(two: Lab, alarms: dict[str, str], deployment: dict[str, Any]) -> None:
    with Load(two) as load:
        two.update("two", {**deployment, **ALARM})
        baking(two)
        time.sleep(0.2)
        alarms["errors"] = "ALARM"
        described = two.wait()
        assert load.share("one", 0.3) == 1.0
    assert not load.failures and load.answers["two"]
    assert (described["EndpointConfigName"], described["FailureReason"]) == ("one", TRIPPED)
    assert described["ProductionVariants"][0]["CurrentInstanceCount"] == 2 and containers.count() == 2
    assert TRIPPED in two.logs() and described["LastDeploymentConfig"] == {**deployment, **ALARM}


@pytest.mark.parametrize("deployment", [None, CANARY, ROLLING])
def test_a_fleet_that_never_gets_ready_rolls_back(two: Lab, deployment: dict[str, Any] | None) -> None:
    with Load(two) as load:
        two.update("broken", deployment)
        described = two.wait()
    assert not load.failures and set(load.answers) == {"one"}
    assert described["EndpointConfigName"] == "one" and "did not pass the ping health check" in described["FailureReason"]
    two.update("two")
    assert "FailureReason" not in two.wait()


def test_a_roll_back_that_fails(two: Lab, alarms: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    two.update("two", {**ROLLING, **ALARM})
    baking(two)
    from slipway.containers import launch
    from slipway.errors import SlipwayError

    def refuse(*_: Any, **__: Any) -> None:
        raise SlipwayError("no memory left")

    with monkeypatch.context() as patched:
        patched.setattr(launch, "start", refuse)
        alarms["errors"] = "ALARM"
        assert "The roll-back failed" in two.wait("UpdateRollbackFailed")["FailureReason"]
    assert {two.ask()["answer"] for _ in range(4)} == {"one", "two"}
    alarms["errors"] = "OK"
    two.update("two")
    assert two.wait()["EndpointConfigName"] == "two" and {two.ask()["answer"] for _ in range(4)} == {"two"}


def test_a_deployment_that_takes_too_long(two: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "600")
    policy = blue_green("LINEAR", 300, LinearStepSize=percent(10))
    policy["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] = 600
    two.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two", DeploymentConfig=policy)
    assert "MaximumExecutionTimeoutInSeconds" in two.wait()["FailureReason"] and two.ask()["answer"] == "one"


def test_an_image_that_is_not_here_rolls_back(two: Lab) -> None:
    image = "222222222222.dkr.ecr.eu-west-1.amazonaws.com/other:1"
    two.sagemaker.create_model(ModelName="far", ExecutionRoleArn="arn:aws:iam::111111111111:role/x", PrimaryContainer={"Image": image})
    two.config("far", variant(model="far"))
    two.update("far")
    assert image in two.wait()["FailureReason"] and two.ask()["answer"] == "one"


def test_a_simulated_endpoint_begins_to_run(lab: Lab) -> None:
    lab.sagemaker.create_model(ModelName="far", ExecutionRoleArn="arn:aws:iam::111111111111:role/x", PrimaryContainer={"Image": "far:1"})
    lab.config("far", variant(model="far")), lab.create("far")
    lab.model("one"), lab.config("one", variant())
    lab.update("one")
    assert lab.wait()["EndpointConfigName"] == "one" and lab.ask()["answer"] == "one"


def test_a_slow_request_survives_the_update(two: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    with Load(two, threads=2, body="sleep 1.5") as load:
        time.sleep(0.2)
        two.update("two")
        two.wait()
    assert not load.failures


def test_a_registered_variant_is_not_taken_away(two: Lab) -> None:
    two.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/e/variant/main",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=3,
    )
    two.config("renamed", variant("other", model="two")), two.config("larger", variant(model="two", InstanceType="ml.m5.xlarge"))
    for name in ("renamed", "larger"):
        with pytest.raises(ClientError, match="must be deregistered as scalable targets"):
            two.update(name)
    two.update("two")
    two.wait()


def baking(lab: Lab) -> dict[str, Any]:
    """Wait until the first part of the traffic has moved; the PendingDeploymentSummary."""
    end = time.monotonic() + settings.MIN_PING_SECONDS
    while time.monotonic() < end:
        described = lab.describe()
        pending: dict[str, Any] = described.get("PendingDeploymentSummary", {})
        if pending and pending["ProductionVariants"][0]["VariantStatus"][0]["Status"] == "Baking":
            assert described["EndpointStatus"] == "Updating"
            return pending
        time.sleep(0.02)
    raise AssertionError(described)

"""Weights, instance counts, serverless variants and shadows of endpoints that run."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.hosting import containers, settings
from slipway.localaws.hosting.live import Unavailable
from tests.localaws.hosting.lab import Lab, Load, variant

SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


def change(lab: Lab, **wanted: float) -> None:
    lab.sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=[{"VariantName": "main", **wanted}])


def asked(lab: Lab, times: int) -> Counter[str]:
    return Counter(lab.ask()["answer"] for _ in range(times))


def test_requests_follow_the_weights(lab: Lab) -> None:
    lab.model("one"), lab.model("two")
    lab.config("c", variant(InitialVariantWeight=3.0), variant("other", "two")), lab.create("c")
    assert asked(lab, 40) == {"one": 30, "two": 10}
    assert {lab.ask("other")["answer"] for _ in range(3)} == {"two"}
    with pytest.raises(KeyError):
        lab.ask("absent")
    change(lab, DesiredWeight=0.0)
    assert lab.wait()["ProductionVariants"][0]["CurrentWeight"] == 0.0
    assert asked(lab, 4) == {"two": 4} and lab.ask("main")["answer"] == "one"


def test_scale_out_and_in_under_load(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.INSTANCES, "3")
    lab.model("one"), lab.config("c", variant()), lab.create("c")
    with Load(lab, body="sleep 0.1") as load:
        change(lab, DesiredInstanceCount=5)
        during = lab.describe()
        assert (during["EndpointStatus"], during["ProductionVariants"][0]["CurrentInstanceCount"]) == ("Updating", 1)
        with pytest.raises(Unavailable, match="is Updating"):
            lab.live.set_desired("main", 2)
        assert lab.wait()["ProductionVariants"][0]["CurrentInstanceCount"] == 5
        assert containers.count() == 3 == len(lab.live.instances("main"))
        lab.live.set_desired("main", 1)
        assert lab.wait()["ProductionVariants"][0]["CurrentInstanceCount"] == 1 and containers.count() == 1
    assert not load.failures
    (state,) = lab.live.variants()
    assert (state.name, state.desired, state.current, state.spec["ModelName"]) == ("main", 1, 1, "one")


def test_a_scale_out_that_fails_is_taken_back(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.model("one"), lab.config("c", variant()), lab.create("c")
    from slipway.containers import launch
    from slipway.errors import SlipwayError

    def refuse(*_: object, **__: object) -> None:
        raise SlipwayError("no memory left")

    monkeypatch.setattr(launch, "start", refuse)
    change(lab, DesiredInstanceCount=2)
    described = lab.wait()
    live = described["ProductionVariants"][0]
    assert described["FailureReason"].startswith("CannotStartContainerError")
    assert (live["DesiredInstanceCount"], live["CurrentInstanceCount"]) == (1, 1) and lab.ask()["answer"] == "one"


def test_the_least_busy_instance_answers(lab: Lab) -> None:
    lab.model("one")
    lab.config("c", variant(InitialInstanceCount=2, RoutingConfig={"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"})), lab.create("c")
    with lab.live.choose() as busy:
        assert busy.instance not in {lab.ask()["instance"] for _ in range(4)}


def test_serverless_starts_cold_and_is_stopped_when_idle(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MIN_IDLE_SECONDS", 0.5)
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "3600")
    lab.model("one"), lab.config("c", variant(ServerlessConfig=SERVERLESS)), lab.create("c")
    assert containers.count() == 0
    with lab.live.choose() as target, pytest.raises(Unavailable):
        target.container.request("GET", "/ping")
    with lab.live.choose() as target:
        assert target.serverless and target.ensure_warm() > 0 and target.ensure_warm() == 0
        assert target.invoke(b"x", {}).status == 200
    end = time.monotonic() + 10
    while containers.count():
        assert time.monotonic() < end
        time.sleep(0.1)
    assert lab.ask()["answer"] == "one"


def test_provisioned_concurrency_is_warm(lab: Lab) -> None:
    lab.model("one"), lab.config("c", variant(ServerlessConfig={**SERVERLESS, "ProvisionedConcurrency": 1})), lab.create("c")
    with lab.live.choose() as target:
        assert target.ensure_warm() == 0


def test_shadows_get_their_share(lab: Lab) -> None:
    lab.model("one"), lab.model("two")
    lab.config("c", variant(), ShadowProductionVariants=[variant("shadow", "two", InitialVariantWeight=0.5)]), lab.create("c")
    assert asked(lab, 4) == {"one": 4}
    ((target, share),) = lab.live.shadows()
    with target:
        assert (target.variant, share) == ("shadow", 0.5) and b'"two"' in target.invoke(b"x", {}).body
    assert lab.describe()["ShadowProductionVariants"][0]["CurrentInstanceCount"] == 1


def test_unknown_variants_are_refused(lab: Lab) -> None:
    lab.model("one"), lab.config("c", variant()), lab.create("c")
    with pytest.raises(ClientError, match="not present within"):
        lab.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="e", DesiredWeightsAndCapacities=[{"VariantName": "absent", "DesiredWeight": 1.0}]
        )
    with pytest.raises(KeyError):
        lab.live.set_desired("absent", 1)

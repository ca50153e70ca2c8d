"""Options of an endpoint: what is refused, in which words, and what fits which variants."""

from __future__ import annotations

from typing import Any

import pytest

from modules.endpoint.spec import EndpointSpec, check_fit
from tests.modules.support import messages

HALF = {"kind": "CAPACITY_PERCENT", "value": 50}
ONE = {"kind": "INSTANCE_COUNT", "value": 1}


def canary(**options: Any) -> dict[str, Any]:
    return {"rollout": {"kind": "canary", "canary_size": HALF, **options}}


def linear(**options: Any) -> dict[str, Any]:
    return {"rollout": {"kind": "linear", "linear_step_size": HALF, **options}}


def rolling(**options: Any) -> dict[str, Any]:
    return {"rollout": {"kind": "rolling", "maximum_batch_size": HALF, **options}}


def percent(value: int) -> dict[str, Any]:
    return {"kind": "CAPACITY_PERCENT", "value": value}


def errors(**options: Any) -> dict[str, Any]:
    return {"alarms": {"invocation_5xx_errors": options}}


def latency(**options: Any) -> dict[str, Any]:
    return {"alarms": {"model_latency": options}}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rollout": {"termination_wait_in_seconds": 0}},
        canary(),
        canary(canary_size=percent(1)),
        linear(linear_step_size=percent(10)),
        rolling(maximum_batch_size=percent(5), rollback_maximum_batch_size=percent(100), maximum_execution_timeout_in_seconds=28800),
        {"alarms": {"invocation_5xx_errors": None}},
        errors(statistic="Sum", threshold=5, period=10, evaluation_periods=6, datapoints_to_alarm=3),
        latency(extended_statistic="p99.9", threshold=250_000, period=300),
        {"log_retention_in_days": 3653},
    ],
)
def test_taken(options: dict[str, Any]) -> None:
    assert messages(EndpointSpec, options) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rollout": {"kind": "blue_green"}}, "'all_at_once', 'canary', 'linear', 'rolling'"),
        ({"rollout": {"wait_interval_in_seconds": 60}}, "Extra inputs are not permitted"),
        ({"rollout": {"kind": "canary"}}, "canary_size: Field required"),
        (canary(canary_size=percent(51)), "canary_size must be 1 to 50 percent, not 51"),
        (canary(canary_size={"kind": "PERCENT", "value": 5}), "'INSTANCE_COUNT' or 'CAPACITY_PERCENT'"),
        (canary(wait_interval_in_seconds=3601), "less than or equal to 3600"),
        (canary(termination_wait_in_seconds=-1), "greater than or equal to 0"),
        (linear(linear_step_size=percent(9)), "linear_step_size must be 10 to 50 percent, not 9"),
        (rolling(maximum_batch_size=percent(4)), "maximum_batch_size must be 5 to 50 percent, not 4"),
        (rolling(rollback_maximum_batch_size=percent(101)), "rollback_maximum_batch_size must be 5 to 100 percent, not 101"),
        (rolling(termination_wait_in_seconds=60), "Extra inputs are not permitted"),
        (canary(maximum_execution_timeout_in_seconds=599), "greater than or equal to 600"),
        (canary(maximum_execution_timeout_in_seconds=28801), "less than or equal to 28800"),
        (
            canary(wait_interval_in_seconds=300, termination_wait_in_seconds=300, maximum_execution_timeout_in_seconds=900),
            "the waits add up to 900 s, which is not below maximum_execution_timeout_in_seconds 900",
        ),
        (linear(linear_step_size=percent(10), wait_interval_in_seconds=3600), "the waits add up to 36300 s"),
        (rolling(maximum_batch_size=percent(30), wait_interval_in_seconds=900, maximum_execution_timeout_in_seconds=3600), "3600 s"),
        (errors(threshold=2), "statistic Average is a rate of 0 to 1"),
        (errors(threshold=0), "greater than 0"),
        (errors(period=45), "period must be 10, 30 or a multiple of 60"),
        (errors(evaluation_periods=2, datapoints_to_alarm=3), "datapoints_to_alarm 3 is above evaluation_periods 2"),
        (errors(period=600, evaluation_periods=145), "CloudWatch allows 86400"),
        (errors(treat_missing_data="zero"), "'missing', 'ignore', 'breaching' or 'notBreaching'"),
        (latency(extended_statistic="p101"), "should match pattern"),
        (latency(threshold=1), "greater than or equal to 100"),
        ({"alarms": {"alarm_names": [""]}}, "should match pattern"),
        ({"log_retention_in_days": 100}, "1, 3, 5, 7, 14"),
        ({"log_retention_in_days": 0}, "1, 3, 5, 7, 14"),
    ],
)
def test_refused(options: dict[str, Any], message: str) -> None:
    found = messages(EndpointSpec, options)
    assert len(found) == 1 and message in found[0], found


@pytest.mark.parametrize(
    ("options", "kind", "counts", "expected"),
    [
        ({}, "instances", {"a": 1}, []),
        ({}, "serverless", {"a": 1}, []),
        (canary(), "instances", {"a": 2, "b": 2}, []),
        (canary(), "serverless", {"a": 1}, [("rollout.kind", "do not support serverless")]),
        ({}, "instances", {f"v{i}": 1 for i in range(6)}, []),
        ({"alarms": {"rollback_on": "each"}}, "instances", {f"v{i}": 1 for i in range(6)}, [("alarms", "6 variant(s) make 12; use")]),
        ({"alarms": {"alarm_names": [f"a{i}" for i in range(99)]}}, "instances", {"a": 1}, [("alarms", "100 alarms at most")]),
        ({"alarms": {"invocation_5xx_errors": None, "model_latency": None}}, "instances", {"a": 1}, [("alarms", "at least one alarm")]),
        ({"alarms": {"invocation_5xx_errors": None, "model_latency": None, "alarm_names": ["mine"]}}, "instances", {"a": 1}, []),
        ({"alarms": {"alarm_names": [f"a{i}" for i in range(9)], "rollback_on": "each"}}, "instances", {"a": 1}, [("alarms", "make 11")]),
        (canary(wait_interval_in_seconds=60), "instances", {"a": 2}, [("rollout", "watched for 60 s, but the slowest alarm needs 120 s")]),
        ({"rollout": {"termination_wait_in_seconds": 0}}, "asynchronous", {"a": 1}, [("rollout", "watched for 0 s")]),
        (rolling(), "instances", {"a": 2, "b": 2}, [("rollout.kind", "cannot roll a multi-variant endpoint")]),
        (canary(canary_size=ONE), "instances", {"a": 1}, [("rollout.canary_size", "1 of 1 instance(s) of variant a is more than half")]),
        (canary(canary_size=ONE), "instances", {"a": 2}, []),
        (linear(linear_step_size=ONE), "instances", {"a": 1}, [("rollout.linear_step_size", "more than half")]),
        (rolling(maximum_batch_size=ONE), "instances", {"a": 1}, [("rollout.maximum_batch_size", "more than half")]),
        (linear(linear_step_size=ONE, wait_interval_in_seconds=3600), "instances", {"a": 9}, [("rollout", "add up to 32700 s")]),
    ],
)
def test_fit(options: dict[str, Any], kind: str, counts: dict[str, int], expected: list[tuple[str, str]]) -> None:
    found = check_fit(EndpointSpec.model_validate(options), hosting_kind=kind, instance_counts=counts)
    assert len(found) == len(expected)
    assert all(path == wanted and text in message for (path, message), (wanted, text) in zip(found, expected, strict=True)), found


def test_computed_timeout_leaves_room_above_the_waits() -> None:
    spec = EndpointSpec.model_validate(linear(linear_step_size=percent(25), wait_interval_in_seconds=600, termination_wait_in_seconds=60))
    assert spec.rollout.waits() == 4 * 600 + 60
    assert spec.rollout.timeout() == 4 * 600 + 60 + 1800

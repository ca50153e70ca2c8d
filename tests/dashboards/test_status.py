"""What `slipway status` reads, for each kind of hosting, and with API, scaling and alarms."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console

from modules._shared.naming import Naming
from slipway.cli.status_view import view
from slipway.dashboards.alarms import Alarm
from slipway.dashboards.status import MISSING, Status, read_status

WHEN = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
NAMING = Naming("shop", "dev", "111111111111", "eu-west-1")
ENDPOINTS: dict[str, dict[str, Any]] = {
    "shop-dev-wine": {
        "EndpointStatus": "Updating",
        "ProductionVariants": [
            {"VariantName": "main", "CurrentWeight": 3, "DesiredInstanceCount": 4, "CurrentInstanceCount": 2, "VariantStatus": [{"Status": "Creating"}]},
            {"VariantName": "canary", "CurrentWeight": 1, "DesiredInstanceCount": 1, "CurrentInstanceCount": 1},
        ],
        "ShadowProductionVariants": [{"VariantName": "shadow", "CurrentWeight": 1, "DesiredInstanceCount": 1, "CurrentInstanceCount": 1}],
    },
    "shop-dev-quick": {
        "EndpointStatus": "InService",
        "ProductionVariants": [
            {"VariantName": "main", "CurrentWeight": 1, "CurrentServerlessConfig": {"MaxConcurrency": 5, "ProvisionedConcurrency": 2}}
        ],
    },
    "shop-dev-later": {"EndpointStatus": "Failed", "FailureReason": "no image", "ProductionVariants": []},
}  # fmt: skip


class Aws:
    """Each service's answers; every metric's value is 1000."""

    def __init__(self, alarms: list[dict[str, Any]]) -> None:
        self._alarms = alarms
        self.asked: list[dict[str, Any]] = []

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:
        if EndpointName not in ENDPOINTS:
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "Could not find endpoint"}}, "DescribeEndpoint")
        return ENDPOINTS[EndpointName]

    def get_function_configuration(self, FunctionName: str, Qualifier: str) -> dict[str, Any]:
        if FunctionName != "shop-dev-light":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": ""}}, "GetFunctionConfiguration")
        return {"State": "Active", "Version": "7", "Alias": Qualifier}

    def get_provisioned_concurrency_config(self, **_: Any) -> dict[str, Any]:
        return {"RequestedProvisionedConcurrentExecutions": 3, "AvailableProvisionedConcurrentExecutions": 1}

    def describe_scalable_targets(self, ResourceIds: list[str], **_: Any) -> dict[str, Any]:
        if ResourceIds == ["function:shop-dev-light:live"]:
            return {"ScalableTargets": [{"ResourceId": ResourceIds[0], "MinCapacity": 2, "MaxCapacity": 5}]}
        return {
            "ScalableTargets": [
                {"ResourceId": one, "MinCapacity": 1, "MaxCapacity": 8} for one in ResourceIds if one.endswith("wine/variant/main")
            ]
        }

    def describe_scaling_activities(self, **_: Any) -> dict[str, Any]:
        activity = {"StartTime": WHEN, "Description": "Setting desired instance count to 4.", "StatusCode": "InProgress"}
        return {"ScalingActivities": [{"ResourceId": "endpoint/shop-dev-wine/variant/main", **activity}]}

    def get_metric_data(self, MetricDataQueries: list[dict[str, Any]], **_: Any) -> dict[str, Any]:
        self.asked += MetricDataQueries
        return {
            "MetricDataResults": [{"Id": query["Id"], "Label": "", "Timestamps": [WHEN], "Values": [1000.0]} for query in MetricDataQueries]
        }

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [{"MetricAlarms": self._alarms, "CompositeAlarms": [], "Parameters": []}])


def read(*, alarms: list[dict[str, Any]] | None = None, api: object = None, **hosting: str) -> tuple[Status, Aws]:
    aws = Aws(alarms or [])
    endpoints = {key: SimpleNamespace(hosting=SimpleNamespace(kind=kind)) for key, kind in hosting.items()}
    config = SimpleNamespace(name="dev", endpoints=endpoints, api=api)
    account = SimpleNamespace(config=config, naming=NAMING, client=lambda _: aws)
    return read_status(account, 300, WHEN.timestamp), aws  # type: ignore[arg-type]


def text(status: Status) -> str:
    console = Console(width=200, record=True)
    with console.capture() as captured:
        console.print(view(status, WHEN.timestamp()))
    return captured.get()


def test_instances_with_a_shadow_and_scaling() -> None:
    status, aws = read(wine="instances")
    main, canary, shadow = status.endpoints[0].variants
    assert (main.share, main.desired, main.running, main.state, main.minimum, main.maximum) == (75, 4, 2, "Creating", 1, 8)
    assert (canary.share, canary.maximum) == (25, None) and shadow.shadow
    assert main.traffic.requests == 1000 and main.traffic.p99_ms == 1.0
    assert {query["MetricStat"]["Metric"]["MetricName"] for query in aws.asked} == {
        *("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "ModelLatency"),
    }
    shown = text(status)
    assert "2 of 4" in shown and "1-8" in shown and "75%" in shown and "Setting desired instance count to 4. (InProgress)" in shown
    assert status.troubles == []


def test_serverless_and_asynchronous() -> None:
    status, _ = read(quick="serverless", later="asynchronous", gone="instances")
    quick, later, gone = status.endpoints
    assert (quick.variants[0].running, quick.variants[0].desired) == (2, 2)
    assert (later.state, later.reason, gone.state) == ("Failed", "no image", MISSING)
    assert status.troubles == ["endpoint shop-dev-later is Failed", "endpoint shop-dev-gone does not exist"]
    shown = text(status)
    assert "concurrency" in shown and "no image" in shown and "does not exist" in shown and "no alarms" in shown


def test_a_function_shows_its_alias() -> None:
    status, aws = read(light="lambda", dark="lambda", cluster="batch_transform")
    light, dark = status.endpoints
    (alias,) = light.variants
    assert (light.state, alias.name, alias.state) == ("Active", "live", "version 7")
    assert (alias.desired, alias.running, alias.minimum, alias.maximum) == (3, 1, 2, 5)
    assert (alias.traffic.requests, alias.traffic.p99_ms) == (1000, 1000.0), "Duration is in milliseconds"
    assert {query["MetricStat"]["Metric"]["Namespace"] for query in aws.asked} == {"AWS/Lambda"}
    assert (dark.state, dark.variants) == (MISSING, ())
    shown = text(status)
    assert "1 of 3" in shown and "2-5" in shown and "concurrency" in shown and "version 7" in shown


def test_an_api_is_asked_for_where_there_is_one() -> None:
    status, aws = read(api=object())
    assert status.api and status.api.traffic.requests == 1000 and status.api.function_errors == 1000
    assert {query["MetricStat"]["Metric"]["Namespace"] for query in aws.asked} == {"AWS/ApiGateway", "AWS/Lambda"}
    assert "API shop-dev-api" in text(status)


def test_alarms_that_are_not_ok_are_listed() -> None:
    states = ["OK"] * 3 + ["INSUFFICIENT_DATA"] * 30 + ["ALARM"]
    alarms = [
        {"AlarmName": f"shop-dev-{i}", "AlarmArn": f"arn:{i}", "StateValue": state, "StateReason": "because", "StateUpdatedTimestamp": WHEN}
        for i, state in enumerate(states)
    ]
    status, _ = read(alarms=alarms)
    assert isinstance(status.alarms[0], Alarm) and status.alarms[0].state == "ALARM"
    assert status.troubles == ["alarm shop-dev-33 is in ALARM"]
    shown = text(status)
    assert "1 ALARM, 30 INSUFFICIENT_DATA, 3 OK" in shown and "and 11 more" in shown and "2026-01-01 12:00:00" in shown
    assert status.as_dict()["alarms"][0] == {"name": "shop-dev-33", "state": "ALARM", "reason": "because", "since": WHEN.timestamp()}

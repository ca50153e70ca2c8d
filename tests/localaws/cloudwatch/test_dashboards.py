"""Dashboards and saved queries as AWS takes and refuses them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.inventory import inventory
from tests.dashboards.bodies import body

METRIC: dict[str, Any] = {"type": "metric", "properties": {"region": "eu-west-1", "metrics": [["Own", "M"]]}}


def with_metric(**properties: Any) -> dict[str, Any]:
    return {**METRIC, "properties": {**METRIC["properties"], **properties}}


def test_a_dashboard_comes_back_as_it_was_put(client: Any) -> None:
    cloudwatch = client("cloudwatch")
    assert cloudwatch.put_dashboard(DashboardName="shop-dev", DashboardBody=body())["DashboardValidationMessages"] == []
    assert cloudwatch.get_dashboard(DashboardName="shop-dev")["DashboardBody"] == body()
    assert [one["DashboardName"] for one in cloudwatch.list_dashboards(DashboardNamePrefix="shop")["DashboardEntries"]] == ["shop-dev"]
    assert inventory("111111111111")["accounts"]["111111111111"]["services"]["cloudwatch"]["dashboards"] == 1
    cloudwatch.delete_dashboards(DashboardNames=["shop-dev"])
    with pytest.raises(ClientError) as missing:
        cloudwatch.get_dashboard(DashboardName="shop-dev")
    assert missing.value.response["Error"]["Code"] in ("ResourceNotFound", "DashboardNotFoundError")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("{", "must be a valid JSON object"),
        ([], "must be a valid JSON object"),
        ({}, "/widgets"),
        ({"widgets": [3]}, "/widgets/0"),
        ({"widgets": [{**METRIC, "type": "graph"}]}, "/widgets/0/type"),
        ({"widgets": [{**METRIC, "width": 25}]}, "/widgets/0/width"),
        ({"widgets": [{**METRIC, "x": "1"}]}, "/widgets/0/x"),
        ({"widgets": [{"type": "metric"}]}, "/widgets/0/properties"),
        ({"widgets": [{"type": "text", "properties": {}}]}, "markdown"),
        ({"widgets": [{"type": "alarm", "properties": {"alarms": ["name"]}}]}, "/alarms"),
        ({"widgets": [{"type": "log", "properties": {"query": "x"}}]}, "region"),
        ({"widgets": [{"type": "metric", "properties": {"region": "eu-west-1"}}]}, "'metrics'"),
        ({"widgets": [{"type": "metric", "properties": {"metrics": [["Own", "M"]]}}]}, "'region'"),
        ({"widgets": [with_metric(metrics=[["Own"]])]}, "/widgets/0/properties/metrics/0"),
        ({"widgets": [with_metric(metrics=[["Own", "M", "Dim"]])]}, "/metrics/0"),
        ({"widgets": [with_metric(metrics=[["Own", "M", {"id": "M1"}]])]}, "/metrics/0/id"),
        ({"widgets": [with_metric(metrics=[["Own", "M", {"id": "m"}], ["Own", "N", {"id": "m"}]])]}, "used twice"),
        ({"widgets": [with_metric(metrics=[["Own", "M", {"expression": "m"}]])]}, "stands alone"),
        ({"widgets": [with_metric(metrics=[["Own", "M", {"stat": "p1000000"}]])]}, "/stat"),
        ({"widgets": [with_metric(metrics=[["Own", "M", {"color": "red"}]])]}, "/color"),
        ({"widgets": [with_metric(metrics=[["Own", "M", {"yAxis": "top"}]])]}, "/yAxis"),
        ({"widgets": [with_metric(period=45)]}, "/period"),
        ({"widgets": [with_metric(view="cake")]}, "/view"),
        ({"widgets": [with_metric(view="gauge")]}, "gauge needs"),
        ({"widgets": [METRIC] * 501}, "more than 500"),
    ],
)
def test_bodies_that_are_refused(client: Any, given: Any, path: str) -> None:
    with pytest.raises(client("cloudwatch").exceptions.DashboardInvalidInputError) as refused:
        client("cloudwatch").put_dashboard(DashboardName="x", DashboardBody=given if isinstance(given, str) else json.dumps(given))
    assert refused.value.response["Error"]["Code"] == "InvalidParameterInput"
    assert path in refused.value.response["Error"]["Message"]
    assert client("cloudwatch").list_dashboards()["DashboardEntries"] == []


def test_a_name_has_no_spaces(client: Any) -> None:
    with pytest.raises(ClientError, match="invalid characters"):
        client("cloudwatch").put_dashboard(DashboardName="a b", DashboardBody=body())


def test_saved_queries(client: Any) -> None:
    logs = client("logs")
    given = {"name": "shop/errors", "queryString": "fields @message | filter level = 'error'", "logGroupNames": ["/aws/x"]}
    key = logs.put_query_definition(**given)["queryDefinitionId"]
    logs.put_query_definition(name="other", queryString="fields @message")
    (found,) = logs.describe_query_definitions(queryDefinitionNamePrefix="shop/")["queryDefinitions"]
    assert {name: found[name] for name in given} == given and found["queryDefinitionId"] == key
    logs.put_query_definition(queryDefinitionId=key, name="shop/errors", queryString="fields @timestamp")
    first = logs.describe_query_definitions(maxResults=1)
    assert [one["name"] for one in first["queryDefinitions"]] == ["other"]
    (second,) = logs.describe_query_definitions(maxResults=1, nextToken=first["nextToken"])["queryDefinitions"]
    assert second["queryString"] == "fields @timestamp"
    assert inventory("111111111111")["accounts"]["111111111111"]["services"]["logs"]["query_definitions"] == 2
    assert logs.delete_query_definition(queryDefinitionId=key)["success"]
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_query_definition(queryDefinitionId=key)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": "other", "queryString": "x"}, "InvalidParameterException"),
        ({"name": "new", "queryString": "x" * 10_001}, "InvalidParameterException"),
        ({"name": "new", "queryString": "x", "queryDefinitionId": "gone"}, "ResourceNotFoundException"),
    ],
)
def test_queries_that_are_refused(client: Any, given: dict[str, str], code: str) -> None:
    client("logs").put_query_definition(name="other", queryString="fields @message")
    with pytest.raises(ClientError) as refused:
        client("logs").put_query_definition(**given)
    assert refused.value.response["Error"]["Code"] == code

"""What alarms and dashboards look at is what really comes: metrics after traffic, and alarms that go off for their cause.

CloudWatch takes an alarm on any name, so only this shows that a generated one can fire.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from modules._shared.deployed import Deployed, DeployedEndpoint, DeployedVariant
from modules._shared.naming import Naming
from modules.alarms.platform import all_rows
from modules.alarms.rows import Row
from modules.alarms.spec import AlarmsSpec
from modules.dashboard.endpoints import endpoint_graphs
from modules.dashboard.spec import DashboardSpec
from modules.dashboard.widgets import Line
from slipway.localaws import utilization
from tests.localaws.hosting.lab import Lab, variant
from tests.localaws.runtime.conftest import BUCKET, until
from tests.localaws.runtime.test_invoke import endpoint, failed

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
ONLY_WHEN_IT_HAPPENS = {"ExpiredRequests", "ResponseUploadFailures"}
"""Metrics that no traffic of this test brings about: nothing expires, and every answer can be written."""
MAIN = DeployedVariant("main", "ml.m5.large", vcpus=2, count=1, min_capacity=0, max_capacity=1)


def used(hosting: Any) -> set[tuple[str, str, frozenset[str]]]:
    """Namespace, metric and dimensions that alarms and dashboard of an endpoint `e` name."""
    deployed = DeployedEndpoint("e", "e", hosting, (MAIN,), captures=hosting == "instances")
    rows = all_rows(Deployed(NAMING, (deployed,)), AlarmsSpec.model_validate({"state_lock": {"held": None}}))
    found = {(row.metric.namespace, row.metric.name, frozenset(row.metric.dimensions)) for row in rows}
    lines = [item for graph in endpoint_graphs(deployed, DashboardSpec()) for item in graph.lines if isinstance(item, Line)]
    return found | {(item.namespace, item.metric, frozenset(item.dimensions)) for item in lines}


def emitted(client: Any) -> set[tuple[str, str, frozenset[str]]]:
    """What ListMetrics knows of the endpoint."""
    pages = client("cloudwatch").get_paginator("list_metrics").paginate()
    listed = [item for page in pages for item in page["Metrics"]]
    return {(item["Namespace"], item["MetricName"], frozenset(part["Name"] for part in item["Dimensions"])) for item in listed}


def missing(client: Any, hosting: str) -> set[str]:
    utilization.job()
    return {metric for namespace, metric, names in used(hosting) - emitted(client) if metric not in ONLY_WHEN_IT_HAPPENS}


def test_an_endpoint_on_instances(lab: Lab, client: Any) -> None:
    runtime = endpoint(lab)
    runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    until(lambda: not missing(client, "instances"))


def test_a_serverless_endpoint(lab: Lab, client: Any) -> None:
    runtime = endpoint(lab, variant(ServerlessConfig={"MemorySizeInMB": 1024, "MaxConcurrency": 2}))
    runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    until(lambda: not missing(client, "serverless"))


def test_an_asynchronous_endpoint(lab: Lab, client: Any) -> None:
    runtime = endpoint(lab, AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/results"}})
    client("s3").put_object(Bucket=BUCKET, Key="in", Body=b"1,2")
    runtime.invoke_endpoint_async(EndpointName="e", InputLocation=f"s3://{BUCKET}/in")
    until(lambda: not missing(client, "asynchronous"))
    assert not {metric for _, metric, _ in emitted(client)} & {"Invocations", "InvocationsPerInstance", "OverheadLatency"}


def put(client: Any, row: Row) -> None:
    """The alarm as Terraform would make it."""
    metric, spec = row.metric, row.spec
    plain = metric.statistic in ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
    client("cloudwatch").put_metric_alarm(
        AlarmName=row.id,
        Namespace=metric.namespace,
        MetricName=metric.name,
        Dimensions=[{"Name": name, "Value": value} for name, value in metric.dimensions.items()],
        ComparisonOperator=row.comparison,
        Threshold=row.threshold,
        Period=spec.period,
        EvaluationPeriods=spec.evaluation_periods,
        DatapointsToAlarm=spec.datapoints_to_alarm or spec.evaluation_periods,
        TreatMissingData=spec.treat_missing_data,
        **{"Statistic" if plain else "ExtendedStatistic": metric.statistic},
    )


def test_alarms_go_off_for_their_cause(lab: Lab, client: Any) -> None:
    """A variant that refuses requests, one that nobody calls, one at its maximum, a lock that is taken: each its own alarm."""
    quick = {"period": 60, "evaluation_periods": 2, "datapoints_to_alarm": 1}
    group = {"invocation_4xx_errors": quick, "no_invocations": quick, "autoscaling_at_max": quick}
    spec = AlarmsSpec.model_validate(
        {"instances": group, "state_lock": {"refused": {**quick, "evaluation_periods": 4, "datapoints_to_alarm": 2}}}
    )
    silent = DeployedVariant("silent", "ml.m5.large", vcpus=2)
    deployed = Deployed(NAMING, (DeployedEndpoint("e", "e", "instances", (MAIN, silent)),), lock_table="locks")
    rows = {row.id: row for row in all_rows(deployed, spec)}
    causes = ["e_main_invocation_4xx_errors", "e_silent_no_invocations", "e_main_autoscaling_at_max", "state_lock_refused"]
    still = ["e_silent_invocation_4xx_errors", "e_main_cpu_utilization"]
    runtime = endpoint(lab)
    _lock(client)
    for id in (*causes, *still):
        put(client, rows[id])

    def states() -> dict[str, str]:
        found = client("cloudwatch").describe_alarms(AlarmNames=[*causes, *still])["MetricAlarms"]
        return {item["AlarmName"]: item["StateValue"] for item in found}

    def all_off() -> bool:
        failed(runtime, b"status 400 x")
        with pytest.raises(ClientError):
            _lock(client)
        return all(states()[id] == "ALARM" for id in causes)

    until(all_off, 25)
    assert not [id for id in still if states()[id] == "ALARM"]


def _lock(client: Any) -> None:
    """Take Terraform's lock, as the S3 backend does it."""
    dynamodb = client("dynamodb")
    if "locks" not in dynamodb.list_tables()["TableNames"]:
        dynamodb.create_table(
            TableName="locks",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        )
    item = {"LockID": {"S": "state"}}
    dynamodb.put_item(TableName="locks", Item=item, ConditionExpression="attribute_not_exists(LockID)")


def test_a_composite_alarm_follows_and_rolls_an_update_back(lab: Lab, client: Any) -> None:
    """AutoRollbackConfiguration names the composite alarm; its child goes off, the old model stays."""
    cloudwatch = client("cloudwatch")
    for name in ("one", "two"):
        lab.model(name)
        lab.config(name, variant(model=name))
    lab.create("one")
    metric = {"Namespace": "Own", "MetricName": "Errors", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0}
    more = {"ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching"}
    cloudwatch.put_metric_alarm(AlarmName="e-main-5xx-errors", **metric, **more)
    cloudwatch.put_composite_alarm(AlarmName="e-unhealthy", AlarmRule='ALARM("e-main-5xx-errors")')
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": 600, "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50}}
    policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 0}
    rollback = {"Alarms": [{"AlarmName": "e-unhealthy"}]}
    lab.update("two", {"BlueGreenUpdatePolicy": policy, "AutoRollbackConfiguration": rollback})

    def rolled_back() -> Any:
        cloudwatch.put_metric_data(Namespace="Own", MetricData=[{"MetricName": "Errors", "Value": 5}])
        described = lab.describe()
        return described if described["EndpointStatus"] == "InService" else None

    described = until(rolled_back, 30)
    assert described["EndpointConfigName"] == "one" and "[e-unhealthy]" in described["FailureReason"]

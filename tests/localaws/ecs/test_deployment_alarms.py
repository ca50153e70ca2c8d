"""Alarms of a service: watched during a deployment and for as long as they look back; in ALARM they fail it, and roll it back."""

from __future__ import annotations

import time
from typing import Any

from slipway.localaws.ecs import live
from slipway.localaws.ecs import utilization as services
from tests.localaws.ecs.test_services import messages
from tests.localaws.ecs.yard import Yard

ALARM = "errors"


def alarm(yard: Yard, **options: Any) -> None:
    """Goes off at the first server error; looks one minute back, which is a second here."""
    dimensions = [{"Name": "LoadBalancer", "Value": yard.balancer["LoadBalancerArn"].partition(":loadbalancer/")[2]}]
    metric = {"Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_Target_5XX_Count", "Dimensions": dimensions, "Statistic": "Sum"}
    condition = {"Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching"}
    yard.client("cloudwatch").put_metric_alarm(AlarmName=ALARM, **{"Period": 60, "EvaluationPeriods": 1, **metric, **condition, **options})


def rollout(yard: Yard) -> str:
    return str(yard.service()["deployments"][0]["rolloutState"])


def test_an_alarm_rolls_a_deployment_back(yard: Yard) -> None:
    alarm(yard)
    good = yard.definition(NAME="good")
    yard.create(good, alarms=[ALARM])
    bad = yard.definition(NAME="bad")
    yard.update(taskDefinition=bad)
    yard.until(lambda: yard.ask()[1].get("name") == "bad")
    yard.until(lambda: yard.ask("fail")[0] == 500 and "rolling back" in messages(yard.service()))
    assert yard.steady()["taskDefinition"] == good
    assert f"deployment failed: alarm detected: {ALARM}" in messages(yard.service())
    assert yard.ask()[1]["name"] == "good"


def test_a_deployment_is_watched_for_as_long_as_its_alarms_look_back(yard: Yard) -> None:
    alarm(yard, EvaluationPeriods=4)
    started = time.monotonic()
    yard.create(yard.definition(NAME="good"), alarms=[ALARM])
    assert live.services()[0].deployments[0].watch.seconds == 240
    assert time.monotonic() - started >= 4


def test_without_rollback_it_only_fails(yard: Yard) -> None:
    alarm(yard)
    yard.create(yard.definition(NAME="good"), rollback=False, alarms=[ALARM])
    bad = yard.definition(NAME="bad")
    yard.update(taskDefinition=bad)
    yard.until(lambda: yard.ask("fail")[0] == 500 and rollout(yard) == "FAILED")
    assert yard.service()["taskDefinition"] == bad


def test_what_was_in_alarm_before_does_not_stop_the_mending_deployment(yard: Yard) -> None:
    alarm(yard)
    yard.create(yard.definition(NAME="good"), alarms=[ALARM])
    yard.client("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="test")
    mended = yard.definition(NAME="mended")
    yard.update(taskDefinition=mended)
    assert list(live.services()[0].deployments[0].watch.names) == []
    assert yard.steady()["taskDefinition"] == mended


def test_a_minute_knows_how_many_targets_answer(yard: Yard) -> None:
    yard.create(yard.definition(NAME="one"))
    services._sampled = 0.0
    cloudwatch = yard.client("cloudwatch")
    group = yard.target_group.rpartition(":")[2]

    def counted(name: str) -> list[float]:
        balancer = yard.balancer["LoadBalancerArn"].partition(":loadbalancer/")[2]
        dimensions = [{"Name": "LoadBalancer", "Value": balancer}, {"Name": "TargetGroup", "Value": group}]
        found = cloudwatch.get_metric_statistics(
            Namespace="AWS/ApplicationELB",
            MetricName=name,
            Dimensions=dimensions,
            StartTime=time.time() - 60,
            EndTime=time.time() + 60,
            Period=60,
            Statistics=["Maximum"],
        )
        return [point["Maximum"] for point in found["Datapoints"]]

    yard.until(lambda: max(counted("HealthyHostCount"), default=0) == 2)
    assert max(counted("UnHealthyHostCount")) == 0


def test_tasks_are_counted_where_the_cluster_has_container_insights(yard: Yard) -> None:
    yard.create(yard.definition(NAME="one"), 1)
    cloudwatch = yard.client("cloudwatch")

    def counted() -> list[str]:
        services._sampled = 0.0
        services.job()
        return [metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="ECS/ContainerInsights")["Metrics"]]

    assert counted() == []
    yard.ecs.update_cluster(cluster="c", settings=[{"name": "containerInsights", "value": "enabled"}])
    assert sorted(counted()) == ["DesiredTaskCount", "PendingTaskCount", "RunningTaskCount"]

"""Requests to a load balancer's name reach the tasks in turn; what it says itself is what AWS says; it counts what it did."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.localaws.ecs.yard import Yard


def total(yard: Yard, metric: str) -> float:
    name = yard.balancer["LoadBalancerArn"].partition(":loadbalancer/")[2]
    now = datetime.now(timezone.utc)
    query: dict[str, Any] = {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": metric,
        "Dimensions": [{"Name": "LoadBalancer", "Value": name}],
    }
    found = yard.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": query, "Period": 60, "Stat": "Sum"}}],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
    )
    return float(sum(found["MetricDataResults"][0]["Values"]))


def test_an_internal_load_balancer_is_called_so(yard: Yard) -> None:
    assert yard.balancer["DNSName"].startswith("internal-wine-") and yard.balancer["DNSName"].endswith(".eu-west-1.elb.amazonaws.com")
    described = yard.elb.describe_load_balancers()["LoadBalancers"][0]
    assert described["State"]["Code"] == "active"


def test_tasks_answer_in_turn_and_are_counted(yard: Yard) -> None:
    yard.create(yard.definition(NAME="one"))
    processes = [yard.ask()[1]["pid"] for _ in range(4)]
    assert len(set(processes)) == 2 and processes[:2] == processes[2:]
    assert yard.ask("fail")[0] == 500
    assert total(yard, "RequestCount") == 5
    assert (total(yard, "HTTPCode_Target_2XX_Count"), total(yard, "HTTPCode_Target_5XX_Count")) == (4, 1)


def test_without_a_target_it_answers_503(yard: Yard) -> None:
    assert yard.ask()[0] == 503 and total(yard, "HTTPCode_ELB_503_Count") == 1


def test_a_target_that_breaks_off_is_502(yard: Yard) -> None:
    yard.create(yard.definition(NAME="one"), 1)
    assert yard.ask("exit")[0] == 502


def test_a_target_that_is_too_slow_is_504(yard: Yard) -> None:
    yard.create(yard.definition(NAME="one"), 1)
    attributes = [{"Key": "idle_timeout.timeout_seconds", "Value": "1"}]
    yard.elb.modify_load_balancer_attributes(LoadBalancerArn=yard.balancer["LoadBalancerArn"], Attributes=attributes)
    began = time.monotonic()
    assert yard.ask("sleep 5")[0] == 504
    assert time.monotonic() - began < 5


def test_it_listens_on_its_own_ports_only(yard: Yard) -> None:
    status, answer = yard.ask(port=8080)
    assert status == 502 and "no load balancer with a listener on port 8080" in answer["message"]


def test_it_passes_nothing_on_to_the_world(yard: Yard) -> None:
    status, answer = yard.ask(host="example.com")
    assert status == 502 and "to load balancers only" in answer["message"]


def test_targets_that_do_not_answer_ping_are_unhealthy_and_asked_when_there_are_no_others(yard: Yard) -> None:
    yard.create(yard.definition(NAME="one"), 0)
    yard.update(taskDefinition=yard.definition(BREAK="ping", NAME="mute"), desiredCount=1)
    yard.until(lambda: yard.health() == ["unhealthy"])
    (target,) = yard.elb.describe_target_health(TargetGroupArn=yard.target_group)["TargetHealthDescriptions"]
    assert target["TargetHealth"]["Reason"] == "Target.FailedHealthChecks"
    assert yard.ask()[1]["name"] == "mute", "a load balancer without a healthy target asks all of them"

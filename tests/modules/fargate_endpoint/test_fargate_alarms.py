"""The alarms on a model on Fargate: their metrics, what they roll back, whom they tell."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from modules._shared.alarm import composite_name
from modules.fargate_endpoint.alarm_spec import FargateAlarms, alarm_name
from modules.fargate_endpoint.spec import FargateConfig
from tests.modules.fargate_endpoint.built import LEAST, NAMING, REFS, build
from tests.modules.support import at, messages, resource, resources

ALARM, COMPOSITE, SERVICE = "aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm", "aws_ecs_service"
TOPIC = "arn:aws:sns:eu-west-1:111111111111:critical"
ERRORS, TIME, UNHEALTHY = "target_5xx_errors", "target_response_time", "unhealthy_hosts"
SHARED = {
    "evaluation_periods": ("evaluation_periods", 6, 6),
    "datapoints_to_alarm": ("datapoints_to_alarm", 1, 1),
    "treat_missing_data": ("treat_missing_data", "breaching", "breaching"),
}
IN_ALARM: dict[str, tuple[str, dict[str, Any], str, Any]] = {
    **{
        f"{model}.{option}": (alarm, {option: value}, path, expected)
        for model, alarm in (("ErrorsAlarm", ERRORS), ("ResponseTimeAlarm", TIME), ("UnhealthyAlarm", UNHEALTHY))
        for option, (path, value, expected) in SHARED.items()
    },
    "UnhealthyAlarm.datapoints_to_alarm": (UNHEALTHY, {"datapoints_to_alarm": 4}, "datapoints_to_alarm", 4),
    "ErrorsAlarm.period": (ERRORS, {"period": 120}, "metric_query[1].metric.period", 120),
    "ErrorsAlarm.threshold": (ERRORS, {"threshold": 0.2}, "threshold", 0.2),
    "ResponseTimeAlarm.period": (TIME, {"period": 120}, "period", 120),
    "ResponseTimeAlarm.threshold": (TIME, {"threshold": 0.25}, "threshold", 0.25),
    "ResponseTimeAlarm.extended_statistic": (TIME, {"extended_statistic": "p90"}, "extended_statistic", "p90"),
    "UnhealthyAlarm.period": (UNHEALTHY, {"period": 120}, "period", 120),
    "UnhealthyAlarm.threshold": (UNHEALTHY, {"threshold": 2}, "threshold", 2),
}
GROUPS = {f"FargateAlarms.{option}" for option in FargateAlarms.model_fields}  # test_an_alarm_that_is_off
TESTED = {*IN_ALARM, *GROUPS, "FargateConfig.alarms"}


@pytest.mark.parametrize("option", IN_ALARM)
def test_an_option_reaches_its_alarm(option: str) -> None:
    alarm, options, path, expected = IN_ALARM[option]
    made = resource(build(alarms={alarm: options}), ALARM, f"wine/alarm_{alarm}")
    assert at(made, path) == expected != at(resource(build(), ALARM, f"wine/alarm_{alarm}"), path)


def test_what_they_look_at() -> None:
    document = build()
    balancer, group = "${aws_lb.wine_load_balancer.arn_suffix}", "${aws_lb_target_group.wine_target_group.arn_suffix}"
    both = {"LoadBalancer": balancer, "TargetGroup": group}
    unhealthy, time = (resource(document, ALARM, f"wine/alarm_{option}") for option in (UNHEALTHY, TIME))
    shown = [[item[key] for key in ("namespace", "metric_name", "threshold")] for item in (unhealthy, time)]
    assert shown == [["AWS/ApplicationELB", "UnHealthyHostCount", 1], ["AWS/ApplicationELB", "TargetResponseTime", 1]]
    assert [sorted(item["dimensions"]) for item in (unhealthy, time)] == [sorted(both)] * 2
    rate, *metrics = resource(document, ALARM, f"wine/alarm_{ERRORS}")["metric_query"]
    assert rate["return_data"] is True and {item["id"] for item in metrics} == {"tasks", "balancer", "requests"}
    assert all(list(item["metric"]["dimensions"]) == ["LoadBalancer"] for item in metrics)


def test_each_rolls_a_deployment_back_and_the_composite_alarm_tells() -> None:
    document = build(refs=dataclasses.replace(REFS, alarm_topic_arns=(TOPIC,)))
    names = [alarm_name(NAMING, "wine", option) for option in (ERRORS, TIME, UNHEALTHY)]
    watched = at(resource(document, SERVICE), "alarms")
    assert (watched["enable"], watched["rollback"], len(watched["alarm_names"])) == (True, True, 3)
    assert all(text.startswith("${aws_cloudwatch_metric_alarm.") for text in watched["alarm_names"])
    assert sorted(item["alarm_name"] for item in resources(document, ALARM)) == sorted(names)
    assert all(item["lifecycle"] == {"create_before_destroy": True} for item in resources(document, ALARM))
    assert all("alarm_actions" not in item for item in resources(document, ALARM))
    composite = resource(document, COMPOSITE)
    assert composite["alarm_name"] == composite_name(NAMING, "wine") == "slipway-test-wine-unhealthy"
    assert composite["alarm_actions"] == composite["ok_actions"] == [TOPIC]
    assert composite["alarm_rule"].count("ALARM(") == 3


@pytest.mark.parametrize("option", FargateAlarms.model_fields)
def test_an_alarm_that_is_off(option: str) -> None:
    document = build(alarms={option: None})
    assert len(resources(document, ALARM)) == 2 == len(resource(document, SERVICE)["alarms"]["alarm_names"])


def test_without_alarms_nothing_is_watched() -> None:
    document = build(alarms=dict.fromkeys(FargateAlarms.model_fields))
    assert not resources(document, ALARM) and not resources(document, COMPOSITE)
    assert "alarms" not in resource(document, SERVICE)


@pytest.mark.parametrize(
    ("alarms", "said"),
    [
        ({ERRORS: {"threshold": 2}}, "less than or equal to 1"),
        ({TIME: {"extended_statistic": "average"}}, "pattern"),
        ({UNHEALTHY: {"threshold": 0}}, "greater than or equal to 1"),
        ({TIME: {"period": 300, "evaluation_periods": 4}}, "alarms.target_response_time looks 1200 s back"),
        ({UNHEALTHY: {"evaluation_periods": 3}}, "alarms.unhealthy_hosts goes off after 180 s, and new tasks have 180 s to load"),
    ],
)
def test_refused(alarms: dict[str, Any], said: str) -> None:
    (message,) = messages(FargateConfig, {**LEAST, "alarms": alarms})
    assert said in message

"""Alarms: the rules of CloudWatch, and states that follow real metrics."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.cloudwatch import alarms
from slipway.localaws.cloudwatch.alarm_decision import Condition, decide
from slipway.localaws.cloudwatch.alarm_rule import RuleError, alarm_names, parse
from tests.localaws.runtime.conftest import until

X, F, N = 9.0, 0.0, None  # breaching, fine, missing


@pytest.mark.parametrize(
    ("values", "needed", "missing", "ignore", "breaching", "not_breaching"),
    [  # CloudWatch user guide, "How alarm state is evaluated when data is missing": 3 evaluation periods, 5 looked at
        ([F, N, X, N, X], 3, "OK", "OK", "OK", "OK"),
        ([F, N, N, N, N], 3, "OK", "OK", "OK", "OK"),
        ([N, N, N, N, N], 3, "INSUFFICIENT_DATA", "same", "ALARM", "OK"),
        ([F, X, X, N, X], 3, "ALARM", "ALARM", "ALARM", "ALARM"),
        ([N, N, X, N, N], 3, "ALARM", "same", "ALARM", "OK"),
        ([F, N, X, N, X], 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ([F, F, X, F, X], 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ([F, N, X, N, N], 2, "OK", "OK", "ALARM", "OK"),
        ([N, N, N, N, F], 2, "OK", "OK", "ALARM", "OK"),
        ([N, N, N, X, N], 2, "ALARM", "same", "ALARM", "OK"),
    ],
)
def test_missing_data(values: list[Any], needed: int, missing: str, ignore: str, breaching: str, not_breaching: str) -> None:
    treatments = {"missing": missing, "ignore": ignore, "breaching": breaching, "notBreaching": not_breaching}
    for treatment, expected in treatments.items():
        condition = Condition("GreaterThanThreshold", 5.0, 3, needed, treatment)
        assert decide(condition, values, "same")[0] == expected, treatment


def test_rules_of_composite_alarms() -> None:
    states = {"a": "ALARM", "b c": "OK", "d": "INSUFFICIENT_DATA"}
    true = ['ALARM(a) AND OK("b c")', "NOT ALARM(d)", "ALARM(d) OR ALARM(a)", "TRUE", "INSUFFICIENT_DATA(d) AND (ALARM(x) OR NOT FALSE)"]
    assert all(parse(rule)(states) for rule in true)
    assert parse("ALARM(arn:aws:cloudwatch:eu-west-1:111111111111:alarm:a)")(states)
    assert not parse("ALARM(a) AND NOT ALARM(a) OR FALSE")(states)
    assert alarm_names('ALARM(a) OR OK("b c")') == {"a", "b c"}
    for wrong in ("", "ALARM(a", "ALARM(a) ALARM(b)", "PERHAPS(a)", "(TRUE", "AND TRUE"):
        with pytest.raises(RuleError):
            parse(wrong)


def alarm(client: Any, name: str = "high", **more: Any) -> None:
    arguments = {
        "Namespace": "Own",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **more,
    }
    client("cloudwatch").put_metric_alarm(AlarmName=name, **{key: value for key, value in arguments.items() if value is not None})


def put(client: Any, value: float, metric: str = "Errors") -> None:
    client("cloudwatch").put_metric_data(Namespace="Own", MetricData=[{"MetricName": metric, "Value": value}])


def state(client: Any, name: str = "high") -> str:
    found = client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return str((found["MetricAlarms"] + found["CompositeAlarms"])[0]["StateValue"])


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "60")


def test_an_alarm_follows_its_metric(fast: None, client: Any) -> None:
    topic = client("sns").create_topic(Name="pager")["TopicArn"]
    alarm(client, AlarmActions=[topic], TreatMissingData="notBreaching")
    alarm(client, "percentile", Statistic=None, ExtendedStatistic="p90", EvaluationPeriods=3, DatapointsToAlarm=1)
    ratio = [
        {
            "Id": "e",
            "MetricStat": {"Metric": {"Namespace": "Own", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"},
            "ReturnData": False,
        },
        {"Id": "n", "MetricStat": {"Metric": {"Namespace": "Own", "MetricName": "All"}, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "r", "Expression": "e / n", "ReturnData": True},
    ]
    client("cloudwatch").put_metric_alarm(
        AlarmName="ratio", Metrics=ratio, EvaluationPeriods=3, DatapointsToAlarm=1, Threshold=0.5, ComparisonOperator="GreaterThanThreshold"
    )
    client("cloudwatch").put_composite_alarm(AlarmName="both", AlarmRule="ALARM(high) AND NOT OK(percentile)")
    until(lambda: state(client) == "OK")
    put(client, 9.0), put(client, 10.0, "All")
    until(lambda: state(client) == "ALARM")
    until(lambda: state(client, "percentile") == "ALARM" and state(client, "ratio") == "ALARM")
    until(lambda: alarms.states("111111111111", "eu-west-1", ["high", "absent"]) == {"high": "OK"})
    items = client("cloudwatch").describe_alarm_history(AlarmName="high", ScanBy="TimestampAscending")["AlarmHistoryItems"]
    summaries = [item["HistorySummary"] for item in items]
    assert summaries[-2:] == ["Alarm updated from OK to ALARM", "Alarm updated from ALARM to OK"]
    assert "Threshold Crossed" in json.loads(items[-2]["HistoryData"])["newState"]["stateReason"]
    composite = client("cloudwatch").describe_alarm_history(AlarmName="both")["AlarmHistoryItems"]
    assert any(item["HistorySummary"].endswith("to ALARM") for item in composite)
    from moto.sns.models import sns_backends

    sent = sns_backends["111111111111"]["eu-west-1"].topics[topic].sent_notifications
    (told,) = [json.loads(item[1]) for item in sent]
    assert (told["AlarmName"], told["NewStateValue"], told["Trigger"]["MetricName"]) == ("high", "ALARM", "Errors")


def test_a_state_that_was_set_holds_until_the_next_evaluation(fast: None, client: Any) -> None:
    alarm(client, TreatMissingData="ignore")
    client("cloudwatch").set_alarm_state(AlarmName="high", StateValue="ALARM", StateReason="a test")
    assert state(client) == "ALARM"
    alarm(client, TreatMissingData="ignore", Threshold=7.0)
    assert state(client) == "ALARM"  # a change of the alarm keeps its state
    put(client, 1.0)
    until(lambda: state(client) == "OK")


def test_a_rule_that_cannot_be_read_is_refused(client: Any) -> None:
    with pytest.raises(ClientError, match="AlarmRule"):
        client("cloudwatch").put_composite_alarm(AlarmName="c", AlarmRule="PERHAPS(a)")

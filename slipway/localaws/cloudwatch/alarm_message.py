"""What an alarm says of a state change: its history, and the message that SNS gets."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any


def subject(alarm: Any) -> str:
    """Subject of the notification; SNS allows 100 characters."""
    return f'{alarm.state_value}: "{alarm.name}" in {alarm.region_name}'[:100]


def message(alarm: Any, old: str) -> str:
    """Body of the notification, with CloudWatch's members."""
    content: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": alarm.alarm_arn.split(":")[4],
        "AlarmConfigurationUpdatedTimestamp": _iso(alarm.configuration_updated_timestamp),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": _iso(alarm.state_updated_timestamp),
        "Region": alarm.region_name,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old,
        "OKActions": alarm.ok_actions or [],
        "AlarmActions": alarm.alarm_actions or [],
        "InsufficientDataActions": alarm.insufficient_data_actions or [],
    }
    if alarm.rule is not None:
        content["AlarmRule"] = alarm.rule
    else:
        content["Trigger"] = _trigger(alarm)
    return json.dumps(content, default=str)


def history_item(alarm: Any, old: str) -> dict[str, Any]:
    """One state change as DescribeAlarmHistory gives it."""
    data = {
        "version": "1.0",
        "oldState": {"stateValue": old},
        "newState": {"stateValue": alarm.state_value, "stateReason": alarm.state_reason},
    }
    return {
        "AlarmName": alarm.name,
        "AlarmType": "MetricAlarm" if alarm.rule is None else "CompositeAlarm",
        "Timestamp": alarm.state_updated_timestamp,
        "HistoryItemType": "StateUpdate",
        "HistorySummary": f"Alarm updated from {old} to {alarm.state_value}",
        "HistoryData": json.dumps(data, default=str),
    }


def _trigger(alarm: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data,
    }
    if not alarm.metric_data_queries:
        found |= {
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "Statistic": alarm.extended_statistic or alarm.statistic,
            "Dimensions": [{"name": dimension.name, "value": dimension.value} for dimension in alarm.dimensions],
        }
    return {name: value for name, value in found.items() if value is not None}


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds") + "+0000"

"""CloudWatch alarms on everything that an environment has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from constructs import Construct

from modules._shared.alarm import Severity
from modules._shared.blocks import typed
from modules._shared.deployed import Deployed
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules.alarms.platform import all_rows
from modules.alarms.rows import Metric, Row
from modules.alarms.spec import AlarmsSpec

_PLAIN = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


@dataclass(frozen=True)
class AlarmsRefs:
    """What is deployed, and `topic_arns`: who is told, by severity. A severity without a topic tells nobody."""

    deployed: Deployed
    topic_arns: Mapping[Severity, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AlarmsOutputs:
    """What others need of the alarms."""

    names: list[str] = output("Names of the alarms.")


class Alarms(Construct):
    """One alarm for each row; each tells its severity's topic of both its beginning and its end."""

    def __init__(self, scope: Construct, id: str, *, spec: AlarmsSpec, refs: AlarmsRefs) -> None:
        super().__init__(scope, id)
        self._topics = refs.topic_arns
        rows = all_rows(refs.deployed, spec)
        self.outputs = AlarmsOutputs(names=[self._create(row).alarm_name for row in rows])

    def _create(self, row: Row) -> Any:
        spec = row.spec
        topic = self._topics.get(spec.severity)
        return aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            row.id,
            alarm_name=row.name,
            alarm_description=row.description,
            comparison_operator=row.comparison,
            threshold=row.threshold,
            evaluation_periods=spec.evaluation_periods,
            datapoints_to_alarm=spec.datapoints_to_alarm or spec.evaluation_periods,
            treat_missing_data=spec.treat_missing_data,
            alarm_actions=[topic] if topic else None,
            ok_actions=[topic] if topic else None,
            **(_plain(row) if row.minus is None else _difference(row, row.minus)),
        )


def _plain(row: Row) -> dict[str, Any]:
    metric = row.metric
    statistic = {"statistic": metric.statistic} if metric.statistic in _PLAIN else {"extended_statistic": metric.statistic}
    named = {"namespace": metric.namespace, "metric_name": metric.name, "dimensions": dict(metric.dimensions)}
    return {**named, "period": row.spec.period, **statistic}


def _difference(row: Row, minus: Metric) -> dict[str, Any]:
    """`metric` less `minus`, by metric math: an alarm on two metrics has queries in place of a metric's name."""
    queries = [_query("metric", row.metric, row.spec.period), _query("minus", minus, row.spec.period)]
    difference = {"id": "difference", "expression": "metric - minus", "label": "Difference", "return_data": True}
    return typed(aws.cloudwatch_metric_alarm, "CloudwatchMetricAlarm", {"metric_query": [difference, *queries]})


def _query(id: str, metric: Metric, period: int) -> dict[str, Any]:
    named = {"namespace": metric.namespace, "metric_name": metric.name, "dimensions": dict(metric.dimensions)}
    return {"id": id, "return_data": False, "metric": {**named, "period": period, "stat": metric.statistic}}

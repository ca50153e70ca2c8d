"""CloudWatch alarms on everything that an environment has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from constructs import Construct

from modules._shared.alarm import Severity
from modules._shared.deployed import Deployed
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules.alarms.platform import all_rows
from modules.alarms.rows import Row
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
        spec, metric = row.spec, row.metric
        topic = self._topics.get(spec.severity)
        statistic = {"statistic": metric.statistic} if metric.statistic in _PLAIN else {"extended_statistic": metric.statistic}
        return aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            row.id,
            alarm_name=row.name,
            alarm_description=row.description,
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=dict(metric.dimensions),
            comparison_operator=row.comparison,
            threshold=row.threshold,
            period=spec.period,
            evaluation_periods=spec.evaluation_periods,
            datapoints_to_alarm=spec.datapoints_to_alarm or spec.evaluation_periods,
            treat_missing_data=spec.treat_missing_data,
            alarm_actions=[topic] if topic else None,
            ok_actions=[topic] if topic else None,
            **statistic,
        )

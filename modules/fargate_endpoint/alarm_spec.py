"""Options of the alarms on a model on Fargate. They roll a deployment back, and tell of trouble at all times."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from modules._shared.alarm import PERCENTILE, MetricAlarm
from modules._shared.naming import Naming, shorten
from modules._shared.spec import Spec

_NAME_LIMIT = 255


def alarm_name(naming: Naming, name: str, option: str) -> str:
    """Name of one of the generated alarms; `option` is its key in `FargateAlarms`."""
    return shorten(f"{naming.name(name)}-{option.replace('_', '-')}", _NAME_LIMIT)


class ErrorsAlarm(MetricAlarm):
    """Alarm on the part of requests that ends with a server error, of a task or of the load balancer itself."""

    threshold: float = Field(0.05, gt=0, le=1, description="Rate of failed requests, 0 to 1, at or above which the alarm goes off.")


class ResponseTimeAlarm(MetricAlarm):
    """Alarm on slow answers of the tasks (metric TargetResponseTime)."""

    extended_statistic: str = Field("p99", pattern=PERCENTILE, description="Percentile, such as p99 or p99.9.")
    threshold: float = Field(1.0, gt=0, le=4000, description="Seconds at or above which the alarm goes off.")


class UnhealthyAlarm(MetricAlarm):
    """Alarm on tasks that do not answer /ping (metric UnHealthyHostCount)."""

    evaluation_periods: int = Field(
        5, ge=1, le=1440, description="Periods that are looked at: longer than health_check.grace_period, in which new tasks load."
    )
    threshold: int = Field(1, ge=1, le=5000, description="Tasks at or above which the alarm goes off.")


class FargateAlarms(Spec):
    """Alarms on one model. Each that is in ALARM rolls a deployment back; the composite alarm over them tells the topics."""

    target_5xx_errors: ErrorsAlarm | None = Field(default_factory=ErrorsAlarm, description="Server errors; null for none.")
    target_response_time: ResponseTimeAlarm | None = Field(
        default_factory=ResponseTimeAlarm, description="Latency percentile; null for none."
    )
    unhealthy_hosts: UnhealthyAlarm | None = Field(default_factory=UnhealthyAlarm, description="Tasks that do not answer; null for none.")

    def generated(self) -> dict[str, MetricAlarm]:
        """The alarms that are on, by option name."""
        found: Mapping[str, MetricAlarm | None] = {
            "target_5xx_errors": self.target_5xx_errors,
            "target_response_time": self.target_response_time,
            "unhealthy_hosts": self.unhealthy_hosts,
        }
        return {name: alarm for name, alarm in found.items() if alarm is not None}

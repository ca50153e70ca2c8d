"""What every CloudWatch alarm of the modules can be told (API: PutMetricAlarm)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from modules._shared.naming import Naming
from modules._shared.spec import Spec

Severity = Literal["critical", "warning"]
"""critical: somebody acts now. warning: somebody looks at it in working hours. Each has a topic of its own."""


PERCENTILE = r"^p([1-9][0-9]?(\.[0-9]{1,2})?|0\.[0-9]{1,2}|100)$"
"""A percentile as CloudWatch takes it: p0.01 to p100."""


def composite_name(naming: Naming, name: str) -> str:
    """Name of the composite alarm of the endpoint with this key, whatever hosts it."""
    return f"{naming.name(name)}-unhealthy"


class MetricAlarm(Spec):
    """What every generated alarm has."""

    period: int = Field(60, description="Seconds of one period: 10, 30 or a multiple of 60.")
    evaluation_periods: int = Field(2, ge=1, le=1440, description="Periods that are looked at.")
    datapoints_to_alarm: int | None = Field(None, ge=1, le=1440, description="How many of those periods must breach. Default: all of them.")
    treat_missing_data: Literal["missing", "ignore", "breaching", "notBreaching"] = Field(
        "notBreaching", description="What a period without traffic counts as."
    )

    @field_validator("period")
    @classmethod
    def _allowed_period(cls, period: int) -> int:
        if period not in (10, 30) and (period < 60 or period % 60 or period > 86400):
            raise ValueError(f"period must be 10, 30 or a multiple of 60 up to 86400 seconds, not {period}")
        return period

    @model_validator(mode="after")
    def _within_a_day(self) -> MetricAlarm:
        if self.datapoints_to_alarm and self.datapoints_to_alarm > self.evaluation_periods:
            raise ValueError(f"datapoints_to_alarm {self.datapoints_to_alarm} is above evaluation_periods {self.evaluation_periods}")
        longest = 86400 if self.period < 3600 else 7 * 86400
        if self.period * self.evaluation_periods > longest:
            raise ValueError(f"period x evaluation_periods is {self.period * self.evaluation_periods} s; CloudWatch allows {longest}")
        return self

    def detection_time(self) -> int:
        """Seconds from the first bad period to the alarm."""
        return self.period * (self.datapoints_to_alarm or self.evaluation_periods)

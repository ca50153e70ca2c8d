"""CloudWatch: composite alarms."""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse

from slipway.localaws.patches import adds


@adds(CloudWatchResponse, "moto keeps and describes composite alarms, but has no PutCompositeAlarm")
def put_composite_alarm(self: Any) -> Any:
    """The same as a metric alarm for moto, which tells the two apart by AlarmRule."""
    return self.put_metric_alarm()

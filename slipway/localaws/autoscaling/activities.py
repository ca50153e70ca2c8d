"""Scaling activities: what Application Auto Scaling did, and what became of it (API: ScalingActivity)."""

from __future__ import annotations

import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from slipway.localaws.autoscaling.targets import DIMENSIONS, SERVICE, find

KEPT = 500
"""Activities that an account and region remembers."""


@dataclass
class Activity:
    """One change of a scalable target's capacity. It is in progress until the endpoint is in service again."""

    resource: str
    dimension: str
    capacity: int
    cause: str
    status: str = "InProgress"
    failure: str = ""
    started: float = field(default_factory=time.time)
    ended: float | None = None
    number: str = field(default_factory=lambda: str(uuid.uuid4()))

    def shown(self) -> dict[str, Any]:
        """As DescribeScalingActivities has it."""
        service, what = self.dimension.partition(":")[0], f"{DIMENSIONS[self.dimension]} to {self.capacity}"
        said = {
            "InProgress": f"Successfully set {what}. Waiting for change to be fulfilled by {service}.",
            "Successful": f"Successfully set {what}. Change successfully fulfilled by {service}.",
            "Failed": f"Failed to set {what}. Reason: {self.failure}",
        }
        shown = {
            "ActivityId": self.number,
            "ServiceNamespace": service,
            "ResourceId": self.resource,
            "ScalableDimension": self.dimension,
            "Description": f"Setting {what}.",
            "Cause": self.cause,
            "StartTime": self.started,
            "StatusCode": self.status,
            "StatusMessage": said[self.status],
        }
        return shown if self.ended is None else {**shown, "EndTime": self.ended}


def activities(backend: Any) -> deque[Activity]:
    """What scaling has done in this account and region, newest first, each with what is known of it by now."""
    found: deque[Activity] = backend.__dict__.setdefault("slipway_activities", deque(maxlen=KEPT))
    for activity in found:
        if activity.status == "InProgress":
            _settle(activity, backend)
    return found


def _settle(activity: Activity, backend: Any) -> None:
    scaled = find(backend.account_id, backend.region_name, activity.resource, activity.dimension)
    if scaled is None:
        name = activity.resource.split("/")[-1 if activity.dimension == SERVICE else 1]
        kind = "service" if activity.dimension == SERVICE else "endpoint"
        activity.status, activity.failure = "Failed", f"{kind} {name} does not exist any more"
    elif not scaled.settled():
        return
    elif scaled.current() == activity.capacity:
        activity.status = "Successful"
    else:
        activity.status, activity.failure = "Failed", scaled.failure()
    activity.ended = time.time()

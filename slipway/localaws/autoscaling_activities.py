"""Scaling activities: what Application Auto Scaling did, and what became of it (API: ScalingActivity)."""

from __future__ import annotations

import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from slipway.localaws.hosting.live import LiveEndpoint, live

KEPT = 500
"""Activities that an account and region remembers."""
INSTANCES, CONCURRENCY = "sagemaker:variant:DesiredInstanceCount", "sagemaker:variant:DesiredProvisionedConcurrency"
"""The scalable dimensions of an endpoint's variant."""


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
        what = f"desired {'instance count' if self.dimension == INSTANCES else 'provisioned concurrency'} to {self.capacity}"
        said = {
            "InProgress": f"Successfully set {what}. Waiting for change to be fulfilled by sagemaker.",
            "Successful": f"Successfully set {what}. Change successfully fulfilled by sagemaker.",
            "Failed": f"Failed to set {what}. Reason: {self.failure}",
        }
        shown = {
            "ActivityId": self.number,
            "ServiceNamespace": "sagemaker",
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


def capacity(endpoint: LiveEndpoint, variant: str, dimension: str, *, current: bool = False) -> int | None:
    """The capacity of a variant, desired or current; None when it has none in this dimension."""
    state = next((state for state in endpoint.variants() if state.name == variant), None)
    if state is None:
        return None
    if dimension == INSTANCES:
        return state.current if current else state.desired
    given: int | None = state.serverless.get("ProvisionedConcurrency")
    return given


def _settle(activity: Activity, backend: Any) -> None:
    _, name, _, variant = activity.resource.split("/")
    endpoint = live(backend.account_id, backend.region_name, name)
    if endpoint is None:
        activity.status, activity.failure = "Failed", f"endpoint {name} does not exist any more"
    elif endpoint.status not in ("InService", "Failed"):
        return
    elif capacity(endpoint, variant, activity.dimension, current=True) == activity.capacity:
        activity.status = "Successful"
    else:
        activity.status, activity.failure = "Failed", endpoint.failure_reason or "the endpoint did not take the change"
    activity.ended = time.time()

"""Dashboards on top of moto: bodies that AWS refuses are refused."""

from __future__ import annotations

import re
from typing import Any

from moto.cloudwatch.exceptions import DashboardInvalidInputError, InvalidParameterValue
from moto.cloudwatch.responses import CloudWatchResponse

from slipway.dashboards.checks import problems
from slipway.localaws.patches import wraps

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
LARGEST_BODY = 1_000_000
"""Bytes of a dashboard's body."""


class InvalidDashboard(DashboardInvalidInputError):
    """A body that CloudWatch refuses, and where."""

    def __init__(self, message: str, found: list[dict[str, str]]) -> None:
        super().__init__(message)
        self.dashboardValidationMessages = found


@wraps(CloudWatchResponse, "put_dashboard", "moto takes any JSON for a dashboard")
def put_dashboard(original: Any, self: Any) -> Any:
    """Keep a body that fits AWS's structure; else `InvalidParameterInput` (botocore: DashboardInvalidInputError) with every problem."""
    name, body = str(self._get_param("DashboardName") or ""), str(self._get_param("DashboardBody") or "")
    if not _NAME.fullmatch(name):
        raise InvalidParameterValue(f"The value {name} for the field DashboardName contains invalid characters.")
    if len(body.encode()) > LARGEST_BODY:
        raise InvalidDashboard("The dashboard body is too large", [])
    if found := problems(body):
        text = "; ".join(f"{one.path or '/'}: {one.message}" for one in found)
        messages = [{"DataPath": one.path, "Message": one.message} for one in found]
        raise InvalidDashboard(f"The dashboard body is invalid, there are {len(found)} validation errors: {text}", messages)
    return original(self)

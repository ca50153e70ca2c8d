"""What deploying, planning and starting load testers calls: function, role, log group, key, topic, dashboard. Pure: loads no toolkit."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules.identity.access import Access, actions, prefix
from modules.identity.common_actions import CHANGE_FUNCTION, CHANGE_LOG_GROUP, CHANGE_ROLE, CHANGE_ROLE_POLICY, READ_FUNCTION
from modules.identity.role_access import READ_ROLE
from modules.identity.shared_access import use_stack_key

_CHANGE_RETRIES = ("DeleteFunctionEventInvokeConfig", "PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig")


def load_test(naming: Naming, boundary: str | None = None) -> list[Access]:
    """Rows of the load test stack; topics are rows of the serving stack. With `boundary`, the testers' role cannot be made without it."""
    name = f"{prefix(naming)}load-test"
    return [
        _function(naming, name),
        *_role(naming, name, boundary),
        _log_group(naming, name),
        use_stack_key(naming, "load_test", "LoadTestKey"),
        *_run(naming, name),
        _dashboard(naming, name),
    ]


def _function(naming: Naming, name: str) -> Access:
    arn = (naming.arn("lambda", f"function:{name}"),)
    read = actions("lambda", *READ_FUNCTION, "GetFunctionEventInvokeConfig")
    return Access("LoadTesters", arn, plan=read, deploy=actions("lambda", *CHANGE_FUNCTION, *_CHANGE_RETRIES))


def _role(naming: Naming, name: str, boundary: str | None) -> list[Access]:
    role = (naming.arn("iam", f"role/{name}", region=False),)
    bounded: dict[str, Any] = {"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else {}
    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    return [
        Access("LoadTesterRole", role, plan=READ_ROLE, deploy=actions("iam", *CHANGE_ROLE)),
        Access("LoadTesterPolicy", role, deploy=actions("iam", *CHANGE_ROLE_POLICY), condition=bounded),
        Access("PassLoadTesterRole", role, deploy=actions("iam", "PassRole"), condition=to_lambda),
    ]


def _log_group(naming: Naming, name: str) -> Access:
    group = naming.arn("logs", f"log-group:/aws/lambda/{name}")
    read = actions("logs", "FilterLogEvents", "ListTagsForResource")
    return Access("LoadTesterLogs", (group, f"{group}:*"), plan=read, deploy=actions("logs", *CHANGE_LOG_GROUP))


def _run(naming: Naming, name: str) -> list[Access]:
    """Starting a run and following it."""
    return [
        Access("StartLoadTest", (naming.arn("sns", name),), deploy=actions("sns", "Publish")),
        Access("LoadTestMetrics", ("*",), plan=actions("cloudwatch", "GetMetricData")),
    ]


def _dashboard(naming: Naming, name: str) -> Access:
    arn = (naming.arn("cloudwatch", f"dashboard/{name}", region=False),)
    change = actions("cloudwatch", "DeleteDashboards", "PutDashboard")
    return Access("LoadTestDashboard", arn, plan=actions("cloudwatch", "GetDashboard"), deploy=change)

"""What deploying and planning the operations stack calls. Pure: loads no toolkit."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules.identity.access import Access, actions, prefix
from modules.identity.common_actions import CHANGE_FUNCTION, CHANGE_LOG_GROUP, CHANGE_ROLE, CHANGE_ROLE_POLICY, READ_FUNCTION
from modules.identity.role_access import READ_ROLE
from modules.identity.shared_access import use_stack_key

_CHANGE_RETRIES = ("DeleteFunctionEventInvokeConfig", "PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig")
_CHANGE_RULE = ("DeleteRule", "PutRule", "PutTargets", "RemoveTargets", "TagResource", "UntagResource")
_CHANGE_SCHEDULE = ("CreateSchedule", "DeleteSchedule", "UpdateSchedule")
_CHANGE_GROUP = ("CreateScheduleGroup", "DeleteScheduleGroup", "TagResource", "UntagResource")


def operations(naming: Naming, boundary: str | None = None) -> list[Access]:
    """Rows of the operations stack; topic and records are rows of the serving stack. With `boundary`, its roles need it."""
    name = f"{prefix(naming)}operations"
    return [
        _function(naming, name),
        *_roles(naming, name, boundary),
        _log_group(naming, name),
        use_stack_key(naming, "operations", "OperationsKey"),
        *_schedules(naming, name),
        _rule(naming, name),
        *_budget(naming, name),
    ]


def _function(naming: Naming, name: str) -> Access:
    """Invoking it is what `slipway stop` and `slipway start` do."""
    arn = (naming.arn("lambda", f"function:{name}"),)
    read = actions("lambda", *READ_FUNCTION, "GetFunctionEventInvokeConfig")
    return Access("OperationsFunction", arn, plan=read, deploy=actions("lambda", *CHANGE_FUNCTION, *_CHANGE_RETRIES, "InvokeFunction"))


def _roles(naming: Naming, name: str, boundary: str | None) -> list[Access]:
    arns = tuple(naming.arn("iam", f"role/{name}-{who}", region=False) for who in ("function", "scheduler"))
    bounded: dict[str, Any] = {"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else {}
    passed = {"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]}}
    return [
        Access("OperationsRoles", arns, plan=READ_ROLE, deploy=actions("iam", *CHANGE_ROLE)),
        Access("OperationsPolicies", arns, deploy=actions("iam", *CHANGE_ROLE_POLICY), condition=bounded),
        Access("PassOperationsRoles", arns, deploy=actions("iam", "PassRole"), condition=passed),
    ]


def _log_group(naming: Naming, name: str) -> Access:
    group = naming.arn("logs", f"log-group:/aws/lambda/{name}")
    read = actions("logs", "FilterLogEvents", "ListTagsForResource")
    return Access("OperationsLogs", (group, f"{group}:*"), plan=read, deploy=actions("logs", *CHANGE_LOG_GROUP))


def _schedules(naming: Naming, name: str) -> list[Access]:
    schedules, group = naming.arn("scheduler", f"schedule/{name}/*"), naming.arn("scheduler", f"schedule-group/{name}")
    read = actions("scheduler", "GetScheduleGroup", "ListTagsForResource")
    return [
        Access("Schedules", (schedules,), plan=actions("scheduler", "GetSchedule"), deploy=actions("scheduler", *_CHANGE_SCHEDULE)),
        Access("ScheduleGroup", (group,), plan=read, deploy=actions("scheduler", *_CHANGE_GROUP)),
    ]


def _rule(naming: Naming, name: str) -> Access:
    read = actions("events", "DescribeRule", "ListTagsForResource", "ListTargetsByRule")
    return Access("OperationsRule", (naming.arn("events", f"rule/{name}"),), plan=read, deploy=actions("events", *_CHANGE_RULE))


def _budget(naming: Naming, name: str) -> list[Access]:
    arn = (naming.arn("budgets", f"budget/{name}", region=False),)
    change = actions("budgets", "ModifyBudget", "TagResource", "UntagResource")
    tags = actions("ce", "ListCostAllocationTags")
    return [
        Access("Budget", arn, plan=actions("budgets", "ListTagsForResource", "ViewBudget"), deploy=change),
        # What is activated for billing holds for the whole account: AWS offers no resource.
        Access("CostAllocationTags", ("*",), plan=tags, deploy=actions("ce", "UpdateCostAllocationTagsStatus")),
    ]

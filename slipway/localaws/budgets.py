"""AWS Budgets: what the provider reads and changes of a budget. Nothing costs anything here, so no budget ever tells anybody."""

from __future__ import annotations

import json
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.models import Budget
from moto.budgets.responses import BudgetsResponse

from slipway.localaws.patches import adds, wraps


@adds(BudgetsResponse, "moto cannot change a budget")
def update_budget(self: Any) -> str:
    """Replace it; its notifications stay."""
    given = self._get_param("NewBudget")
    _find(self, given["BudgetName"]).budget = Budget(given, []).budget
    return "{}"


@adds(BudgetsResponse, "moto does not tell who hears of a notification")
def describe_subscribers_for_notification(self: Any) -> str:
    """The subscribers of one notification."""
    wanted = _key(self._get_param("Notification"))
    for notification in _find(self, self._get_param("BudgetName")).notifications:
        if _key(notification.details) == wanted:
            return json.dumps({"Subscribers": notification.subscribers})
    raise NotFoundException("Unable to get subscribers - the notification doesn't exist.")


@wraps(BudgetsResponse, "create_budget", "moto forgets tags")
def create_budget(original: Any, self: Any) -> str:
    """Keep them."""
    answer: str = original(self)
    budget = self._get_param("Budget")["BudgetName"]
    _tags(self)[_arn(self, budget)] = {tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags") or []}
    return answer


@adds(BudgetsResponse, "moto forgets tags")
def list_tags_for_resource(self: Any) -> str:
    """All tags of a budget."""
    found = _tags(self).get(self._get_param("ResourceARN"), {})
    return json.dumps({"ResourceTags": [{"Key": key, "Value": value} for key, value in sorted(found.items())]})


@adds(BudgetsResponse, "moto forgets tags")
def tag_resource(self: Any) -> str:
    """Add tags."""
    given = {tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags")}
    _tags(self).setdefault(self._get_param("ResourceARN"), {}).update(given)
    return "{}"


@adds(BudgetsResponse, "moto forgets tags")
def untag_resource(self: Any) -> str:
    """Remove tags."""
    found = _tags(self).get(self._get_param("ResourceARN"), {})
    for key in self._get_param("ResourceTagKeys"):
        found.pop(key, None)
    return "{}"


def _find(response: Any, name: str) -> Any:
    budgets = response.backend.budgets[response._get_param("AccountId")]
    if name not in budgets:
        raise NotFoundException(f"Unable to get budget: {name} - the budget doesn't exist.")
    return budgets[name]


def _key(notification: dict[str, Any]) -> tuple[Any, ...]:
    """What identifies a notification; AWS takes a percentage for granted."""
    kind = notification.get("ThresholdType", "PERCENTAGE")
    return (notification["NotificationType"], notification["ComparisonOperator"], float(notification["Threshold"]), kind)


def _tags(response: Any) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = response.backend.__dict__.setdefault("slipway_tags", {})
    return found


def _arn(response: Any, name: str) -> str:
    return f"arn:aws:budgets::{response._get_param('AccountId')}:budget/{name}"

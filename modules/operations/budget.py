"""The budget, and the tags it counts by."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from modules._shared.blocks import typed
from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules.operations.spec import Budget, budget_name

COUNTED_BY = ("project", "environment")
"""Cost allocation tags that budget and bills are filtered by."""


def create_budget(scope: Construct, naming: Naming, budget: Budget, topic_arn: str) -> Any:
    """Costs of what bears the environment's tags; each threshold tells the topic."""
    values = {"project": naming.project, "environment": naming.environment}
    blocks = {
        "cost_filter": [{"name": "TagKeyValue", "values": [f"user:{key}${values[key]}" for key in COUNTED_BY]}],
        "notification": [
            {
                "comparison_operator": "GREATER_THAN",
                "threshold": threshold.percentage,
                "threshold_type": "PERCENTAGE",
                "notification_type": threshold.type,
                "subscriber_sns_topic_arns": [topic_arn],
            }
            for threshold in budget.thresholds
        ],
    }
    return aws.budgets_budget.BudgetsBudget(
        scope,
        "budget",
        name=budget_name(naming),
        budget_type="COST",
        limit_amount=f"{budget.limit_amount:.10g}",
        limit_unit=budget.limit_unit,
        time_unit=budget.time_unit,
        **typed(aws.budgets_budget, "BudgetsBudget", blocks),
    )


def create_cost_allocation_tags(scope: Construct) -> None:
    """AWS counts by a tag only once it is activated, and only the account that pays can activate it."""
    for key in COUNTED_BY:
        aws.ce_cost_allocation_tag.CeCostAllocationTag(scope, f"cost_allocation_tag_{key}", tag_key=key, status="Active")

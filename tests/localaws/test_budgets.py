"""Budgets: what the provider reads and changes of one."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "111111111111"
NOTIFICATION = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0, "ThresholdType": "PERCENTAGE"}
TOPIC = [{"SubscriptionType": "SNS", "Address": "arn:aws:sns:eu-west-1:111111111111:t"}]


def budget(amount: str = "100") -> dict[str, Any]:
    limit = {"Amount": amount, "Unit": "USD"}
    return {"BudgetName": "b", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": limit}


def test_a_budget_keeps_subscribers_and_tags_and_can_be_changed(client: Any) -> None:
    budgets = client("budgets")
    told = [{"Notification": NOTIFICATION, "Subscribers": TOPIC}]
    budgets.create_budget(
        AccountId=ACCOUNT, Budget=budget(), NotificationsWithSubscribers=told, ResourceTags=[{"Key": "project", "Value": "p"}]
    )
    seen = budgets.describe_subscribers_for_notification(AccountId=ACCOUNT, BudgetName="b", Notification=NOTIFICATION)
    assert seen["Subscribers"] == TOPIC
    arn = f"arn:aws:budgets::{ACCOUNT}:budget/b"
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "owner", "Value": "o"}])
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["project"])
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "owner", "Value": "o"}]
    budgets.update_budget(AccountId=ACCOUNT, NewBudget=budget("250"))
    assert budgets.describe_budget(AccountId=ACCOUNT, BudgetName="b")["Budget"]["BudgetLimit"]["Amount"] == "250"
    assert budgets.describe_notifications_for_budget(AccountId=ACCOUNT, BudgetName="b")["Notifications"]


def test_what_is_not_there_is_not_found(client: Any) -> None:
    budgets = client("budgets")
    with pytest.raises(ClientError, match="NotFoundException"):
        budgets.update_budget(AccountId=ACCOUNT, NewBudget=budget())
    budgets.create_budget(AccountId=ACCOUNT, Budget=budget())
    with pytest.raises(ClientError, match="NotFoundException"):
        budgets.describe_subscribers_for_notification(AccountId=ACCOUNT, BudgetName="b", Notification=NOTIFICATION)

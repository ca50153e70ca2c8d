"""What the roles may do about dashboards, composite alarms, queries and the lock's metric: only where the environment has them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import botocore.session

from modules._shared.naming import Naming
from modules._shared.published_metrics import LOCK_NAMESPACE
from modules.identity.access import deploy_statements, plan_statements
from modules.identity.observability_access import observability
from modules.identity.people import deploy_policies, read_only_policies
from modules.identity.policy import document
from modules.identity.serving_access import serving
from modules.identity.spec import AccessSpec
from tests.modules.identity.test_identity_people import refs
from tests.modules.policy_documents import assert_exact_actions, assert_scoped, statements

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
DEPLOY = statements(document(deploy_statements(observability(NAMING))))
PLAN = statements(document(plan_statements(observability(NAMING))))


def actions(found: dict[str, dict[str, Any]]) -> set[str]:
    return {action for item in found.values() for action in item["Action"]}


def test_least_privilege() -> None:
    for found in (DEPLOY, PLAN):
        assert_exact_actions(found.values())
        assert_scoped(found.values())
    changes = {"DeleteDashboards", "PutDashboard", "PutMetricData", "DeleteQueryDefinition", "PutQueryDefinition"}
    assert {action.partition(":")[2] for action in actions(DEPLOY) - actions(PLAN)} == changes


def test_only_dashboards_of_the_environment() -> None:
    arn = "arn:aws:cloudwatch::111111111111:dashboard/slipway-test"
    assert DEPLOY["Dashboards"]["Resource"] == [arn, f"{arn}-*"]


def test_the_locks_metric_goes_into_its_namespace_only() -> None:
    assert DEPLOY["LockMetric"]["Condition"] == {"StringEquals": {"cloudwatch:namespace": LOCK_NAMESPACE}}
    assert "LockMetric" not in PLAN


def test_every_action_is_an_operation() -> None:
    session = botocore.session.get_session()
    for action in actions(DEPLOY):
        service, _, name = action.partition(":")
        assert name in session.get_service_model(service).operation_names, action


def test_composite_alarms_need_all_resources() -> None:
    """CloudWatch: PutCompositeAlarm, and DescribeAlarms that shows one, need a permission "scoped to *"."""
    found = statements(document(deploy_statements(serving(NAMING))))
    assert found["Listing"]["Resource"] == ["*"]
    assert {"cloudwatch:PutCompositeAlarm", "cloudwatch:DescribeAlarms"} <= set(found["Listing"]["Action"])
    assert "cloudwatch:PutMetricAlarm" in found["Alarms"]["Action"] and "*" not in found["Alarms"]["Resource"]


def test_the_rows_are_there_with_the_layer() -> None:
    with_it = replace(refs(), optional_layers=("observability",))
    for policies in (deploy_policies, read_only_policies):
        before, after = (
            [item["Sid"] for part in policies(NAMING, AccessSpec(), given).values() for item in part] for given in (refs(), with_it)
        )
        assert "Dashboards" not in before and after[: len(before)] == before and "Dashboards" in after

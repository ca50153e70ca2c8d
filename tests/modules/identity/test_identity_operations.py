"""What the deploy and the read-only role may do with the operations stack."""

from __future__ import annotations

import json

from modules._shared.key_policy import document
from modules._shared.naming import Naming
from modules.identity.access import deploy_statements, plan_statements
from modules.identity.operations_access import operations
from modules.identity.policy import MANAGED_LIMIT
from tests.modules.policy_documents import assert_exact_actions, assert_scoped, statements, unknown_actions

NAMING = Naming("a-long-project", "a-long-environment", "111111111111", "ap-southeast-2")
BOUNDARY = "arn:aws:iam::111111111111:policy/limit"
DEPLOY = statements(document(deploy_statements(operations(NAMING, BOUNDARY))))
PLAN = statements(document(plan_statements(operations(NAMING, BOUNDARY))))
NO_OPERATION = {"iam:PassRole", "budgets:ModifyBudget", "budgets:ViewBudget", "lambda:InvokeFunction"}
"""IAM's own names for what several operations, or one of another name, need."""


def test_least_privilege() -> None:
    for found in (DEPLOY, PLAN):
        assert_exact_actions(found.values())
        assert_scoped(found.values())
    assert DEPLOY["OperationsPolicies"]["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}


def test_action_names_exist() -> None:
    assert unknown_actions(DEPLOY.values()) <= NO_OPERATION


def test_planning_changes_nothing() -> None:
    used = {action.partition(":")[2] for item in PLAN.values() for action in item["Action"]}
    assert all(action.startswith(("Describe", "Filter", "Get", "List", "View")) for action in used)


def test_it_fits_into_a_managed_policy() -> None:
    assert len(json.dumps(deploy_statements(operations(NAMING, BOUNDARY)), separators=(",", ":"))) < MANAGED_LIMIT

"""What the deploy and the read-only role may do with load testers."""

from __future__ import annotations

import json

from modules._shared.key_policy import document
from modules._shared.naming import Naming
from modules.identity.access import deploy_statements, plan_statements
from modules.identity.load_test_access import load_test
from modules.identity.policy import MANAGED_LIMIT
from tests.modules.policy_documents import assert_exact_actions, assert_scoped, statements, unknown_actions

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
DEPLOY = statements(document(deploy_statements(load_test(NAMING))))
PLAN = statements(document(plan_statements(load_test(NAMING))))


def test_least_privilege() -> None:
    for found in (DEPLOY, PLAN):
        assert_exact_actions(found.values())
        assert_scoped(found.values())


def test_action_names_exist() -> None:
    assert unknown_actions(DEPLOY.values()) == set()


def test_planning_changes_and_starts_nothing() -> None:
    used = {action.partition(":")[2] for item in PLAN.values() for action in item["Action"]}
    assert all(action.startswith(("Get", "List", "Filter")) for action in used)


def test_the_role_goes_to_lambda_only() -> None:
    assert DEPLOY["PassLoadTesterRole"]["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


def test_only_the_testers_own_key_is_used() -> None:
    assert DEPLOY["LoadTestKey"]["Condition"] == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/slipway-test-load_test"}}
    assert "LoadTestKey" not in PLAN


def test_a_permissions_boundary_is_demanded() -> None:
    boundary = "arn:aws:iam::111111111111:policy/limit"
    found = statements(document(deploy_statements(load_test(NAMING, boundary))))
    assert found["LoadTesterPolicy"]["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    assert {"iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy"} <= set(found["LoadTesterPolicy"]["Action"])
    assert "Condition" not in DEPLOY["LoadTesterPolicy"]


def test_it_fits_one_managed_policy() -> None:
    longest = Naming("p" * 20, "e" * 20, "111111111111", "ap-southeast-4")
    assert len(json.dumps(deploy_statements(load_test(longest)), separators=(",", ":"))) < MANAGED_LIMIT

"""What the deploy and the read-only role may do with models in Lambda functions."""

from __future__ import annotations

import json

import pytest

from modules._shared.key_policy import document
from modules._shared.naming import Naming
from modules.identity.access import deploy_statements, plan_statements
from modules.identity.lambda_endpoint_access import MANY, lambda_endpoint
from modules.identity.policy import MANAGED_LIMIT
from tests.modules.policy_documents import assert_exact_actions, assert_scoped, statements, unknown_actions

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
ROWS = lambda_endpoint(NAMING, ("slipway-test-wine",), ("slipway-test-wine-function",))
DEPLOY, PLAN = statements(document(deploy_statements(ROWS))), statements(document(plan_statements(ROWS)))


def test_least_privilege() -> None:
    for found in (DEPLOY, PLAN):
        assert_exact_actions(found.values())
        assert_scoped(found.values())
    function = "arn:aws:lambda:eu-west-1:111111111111:function:slipway-test-wine"
    assert DEPLOY["ModelFunctions"]["Resource"] == [function, f"{function}:*"]
    alarm = "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:TargetTracking-function:slipway-test-*"
    assert DEPLOY["ModelFunctionAlarms"]["Resource"] == [alarm], "Application Auto Scaling's name for the alarms of an alias"


def test_action_names_exist() -> None:
    assert unknown_actions(DEPLOY.values()) == {"lambda:InvokeFunction"}, "the action that Invoke asks for"


def test_planning_changes_and_invokes_nothing() -> None:
    used = {action.partition(":")[2] for item in PLAN.values() for action in item["Action"]}
    assert all(action.startswith(("Get", "List", "Filter")) for action in used)


def test_roles_go_to_lambda_only_and_within_their_boundary() -> None:
    assert DEPLOY["PassModelFunctionRoles"]["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    boundary = "arn:aws:iam::111111111111:policy/limit"
    rows = lambda_endpoint(NAMING, ("slipway-test-wine",), ("slipway-test-wine-function",), boundary)
    found = statements(document(deploy_statements(rows)))["ModelFunctionPolicies"]
    assert found["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    assert "iam:CreateRole" in found["Action"]


@pytest.mark.parametrize("count", [1, MANY, MANY + 1, 30])
def test_it_fits_one_managed_policy(count: int) -> None:
    longest = Naming("p" * 20, "e" * 20, "111111111111", "ap-southeast-4")
    names = tuple(longest.name(f"{number:020}") for number in range(count))
    roles = tuple(longest.name(f"{number:020}", "function", max_length=64) for number in range(count))
    assert len(json.dumps(deploy_statements(lambda_endpoint(longest, names, roles)), separators=(",", ":"))) < MANAGED_LIMIT

"""What the deploy and the read-only role may do with the environment's network."""

from __future__ import annotations

import pytest

from modules._shared.naming import Naming
from modules.identity.access import deploy_statements, plan_statements
from modules.identity.network_access import network
from modules.identity.policy import MANAGED_LIMIT, document
from tests.modules.policy_documents import assert_exact_actions, assert_scoped, statements, unknown_actions

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
DEPLOY = statements(document(deploy_statements(network(NAMING))))
PLAN = statements(document(plan_statements(network(NAMING))))
TAGS = {"aws:ResourceTag/project": "slipway", "aws:ResourceTag/environment": "test"}
ROLE = "arn:aws:iam::111111111111:role/slipway-test-flow-logs"


@pytest.mark.parametrize("found", [DEPLOY, PLAN], ids=["deploy", "read-only"])
def test_least_privilege(found: dict[str, dict[str, object]]) -> None:
    assert_exact_actions(found.values())
    assert_scoped(found.values())


def test_action_names_exist() -> None:
    assert unknown_actions(DEPLOY.values()) == set()


def test_planning_changes_nothing() -> None:
    used = {action.partition(":")[2] for item in PLAN.values() for action in item["Action"]}
    assert all(action.startswith(("Describe", "Get", "List")) for action in used)


def test_what_changes_the_network_asks_for_the_environments_tags() -> None:
    for sid, item in DEPLOY.items():
        changing = [a for a in item["Action"] if a.startswith("ec2:") and not a.startswith("ec2:Describe")]
        if changing:
            equals = item["Condition"]["StringEquals"]
            assert equals in (TAGS, {key.replace("Resource", "Request"): value for key, value in TAGS.items()}), sid


def test_what_others_have_tagged_cannot_be_made_ours() -> None:
    assert DEPLOY["NetworkTags"]["Action"] == ["ec2:CreateTags"]
    assert DEPLOY["NetworkTags"]["Condition"]["Null"] == dict.fromkeys(TAGS, "true")


def test_destroying_is_covered_and_so_is_the_wait_before_it() -> None:
    used = {action for item in DEPLOY.values() for action in item["Action"]}
    kinds = ("Vpc", "Subnet", "SecurityGroup", "VpcEndpoints", "NatGateway", "InternetGateway", "RouteTable", "VpnConnection", "FlowLogs")
    assert {f"ec2:Delete{kind}" for kind in kinds} <= used
    assert {"ec2:ReleaseAddress", "ec2:DescribeNetworkInterfaces", "logs:DeleteLogGroup", "iam:DeleteRole"} <= used


def test_the_flow_logs_role_goes_to_that_service_only_and_keeps_its_boundary() -> None:
    assert DEPLOY["PassFlowLogRole"]["Resource"] == [ROLE]
    assert DEPLOY["PassFlowLogRole"]["Condition"] == {"StringEquals": {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}}
    assert "Condition" not in DEPLOY["FlowLogPolicy"]
    boundary = "arn:aws:iam::111111111111:policy/limit"
    bounded = statements(document(deploy_statements(network(NAMING, boundary))))["FlowLogPolicy"]
    assert bounded["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    assert "iam:PutRolePermissionsBoundary" in bounded["Action"], "a boundary demanded later is put on the role that is there"
    assert "iam:PutRolePermissionsBoundary" not in {action for item in DEPLOY.values() for action in item["Action"]}


def test_it_fits_one_managed_policy() -> None:
    longest = Naming("p" * 40, "e" * 20, "111111111111", "ap-southeast-4")
    assert len(document(deploy_statements(network(longest, "arn:aws:iam::111111111111:policy/" + "x" * 128)))) <= MANAGED_LIMIT

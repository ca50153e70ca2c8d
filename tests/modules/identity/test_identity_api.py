"""What deploying and planning an API may touch."""

from __future__ import annotations

import pytest

from modules._shared.naming import Naming
from modules.identity.access import deploy_statements, plan_statements
from modules.identity.api_access import api
from modules.identity.policy import MANAGED_LIMIT, document
from tests.modules.policy_documents import as_list, assert_exact_actions, statements

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
DEPLOY, PLAN = (statements(document(make(api(NAMING)))) for make in (deploy_statements, plan_statements))
LIMIT = "arn:aws:iam::111111111111:policy/limit"


@pytest.mark.parametrize("found", [DEPLOY, PLAN], ids=["deploy", "read-only"])
def test_actions_are_exact_and_resources_the_environments(found: dict[str, dict[str, object]]) -> None:
    assert_exact_actions(found.values())
    for sid, item in found.items():
        for arn in as_list(item["Resource"]):
            by_kind = arn.startswith(("arn:aws:apigateway:eu-west-1::/", "arn:aws:wafv2:eu-west-1:111111111111:regional/managedruleset/"))
            own = "slipway-test-api" in arn or arn.endswith(("/test", "/test:*", "/test/*"))
            assert own or by_kind or (arn, sid) == ("*", "WebAclLog") or sid in ("ApiKey", "GatewayServiceRole"), (sid, arn)


def test_only_the_apis_own_key_is_used() -> None:
    assert DEPLOY["ApiKey"]["Condition"] == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/slipway-test-api"}}
    assert "ApiKey" not in PLAN


def test_planning_changes_nothing() -> None:
    actions = {action for item in PLAN.values() for action in as_list(item["Action"])}
    assert all(action.split(":")[1].startswith(("Get", "List", "Filter", "GET")) for action in actions), actions
    assert not [sid for sid in PLAN if sid.startswith("Pass")]


def test_each_role_is_passed_to_its_own_service() -> None:
    for kind, service in (("Function", "lambda.amazonaws.com"), ("Logs", "apigateway.amazonaws.com")):
        item = DEPLOY[f"PassApi{kind}"]
        assert as_list(item["Resource"]) == [f"arn:aws:iam::111111111111:role/slipway-test-api-{kind.lower()}"]
        assert item["Condition"] == {"StringEquals": {"iam:PassedToService": service}}


def test_the_first_domain_of_an_account_may_make_the_service_linked_role() -> None:
    role, service = DEPLOY["GatewayServiceRole"], "ops.apigateway.amazonaws.com"
    assert as_list(role["Action"]) == ["iam:CreateServiceLinkedRole"] and "GatewayServiceRole" not in PLAN
    assert as_list(role["Resource"]) == [f"arn:aws:iam::111111111111:role/aws-service-role/{service}/AWSServiceRoleForAPIGateway"]
    assert role["Condition"] == {"StringEquals": {"iam:AWSServiceName": service}}


def test_a_web_acl_is_put_before_a_stage_with_rights_on_both() -> None:
    stages = "arn:aws:apigateway:eu-west-1::/restapis/*/stages/*"
    assert {"wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"} <= set(DEPLOY["WebAcl"]["Action"])
    assert stages in DEPLOY["WebAcl"]["Resource"] and stages in PLAN["WebAcl"]["Resource"]
    assert as_list(DEPLOY["GatewayWebAcl"]["Resource"]) == [stages]


def test_with_a_boundary_no_role_is_made_without_it() -> None:
    bounded = statements(document(deploy_statements(api(NAMING, LIMIT))))["ApiPolicies"]
    assert bounded["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": LIMIT}} and "iam:CreateRole" in bounded["Action"]
    assert "Condition" not in DEPLOY["ApiPolicies"]


def test_the_policy_fits() -> None:
    longest = Naming("a-project-with-a-very-long-name-indeed40", "an-environment-of-20", "111111111111", "ap-southeast-2")
    assert len(document(deploy_statements(api(longest, LIMIT)))) < MANAGED_LIMIT

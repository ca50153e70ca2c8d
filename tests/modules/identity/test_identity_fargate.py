"""What the deploy and the read-only role may do with models on Fargate."""

from __future__ import annotations

from modules._shared.key_policy import document
from modules._shared.naming import Naming
from modules.identity.access import deploy_statements, plan_statements
from modules.identity.fargate_access import fargate
from tests.modules.policy_documents import as_list, assert_exact_actions, assert_scoped, statements, unknown_actions

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
DEPLOY, PLAN = (statements(document(make(fargate(NAMING)))) for make in (deploy_statements, plan_statements))
MODELS = {"elasticloadbalancing": "elbv2"}


def test_least_privilege() -> None:
    for found in (DEPLOY, PLAN):
        assert_exact_actions(found.values())
        assert_scoped(found.values())


def test_action_names_exist() -> None:
    assert unknown_actions(DEPLOY.values(), MODELS) == set()


def test_task_definitions_are_registered_without_a_resource() -> None:
    """Service Authorization Reference: ecs:RegisterTaskDefinition has none, so a statement that names a family allows nothing."""
    holders = [item for item in DEPLOY.values() if "ecs:RegisterTaskDefinition" in item["Action"]]
    assert [as_list(item["Resource"]) for item in holders] == [["*"]]


def test_deployments_of_services_are_looked_at() -> None:
    assert "arn:aws:ecs:eu-west-1:111111111111:service-deployment/slipway-test-*" in PLAN["Services"]["Resource"]

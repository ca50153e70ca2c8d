"""What the pipeline and its builds may do, each of them no more than its step needs."""

from __future__ import annotations

import json

from modules.delivery.access import principals
from modules.delivery.policy import role_arn
from modules.delivery.spec import DeliverySpec
from tests.modules.delivery.definition import CASES, LEAST, NAMING, WHOLE, build, policy, projects, role, variables, whole
from tests.modules.policy_documents import assert_exact_actions, statements
from tests.modules.support import resources

TOPIC = "arn:aws:sns:eu-west-1:111111111111:approvers"


def test_each_environment_is_reached_by_its_own_roles() -> None:
    document = whole()
    plan, apply = (variables(document, f"{step}-prod") for step in ("plan", "apply"))
    assert f"role_arn = {role('prod', 'read-only')}\n" in plan["PROFILES"] and role("prod", "deploy") not in plan["PROFILES"]
    assert f"role_arn = {role('prod', 'deploy')}\n" in apply["PROFILES"]
    assert plan["PROMOTED_FROM"] == apply["PROMOTED_FROM"] == "staging"
    assert "PROMOTED_FROM" not in variables(document, "plan-dev") and variables(document, "plan-dev")["LOCKS"] == "CODEBUILD_SRC_DIR_image"
    assert "LOCKS" not in variables(build(), "plan-dev"), "without an image the commit's own lock is planned"


ASSUMED = {
    "plan-dev": ["dev read-only"],
    "deploy-dev": ["dev deploy"],
    "plan-staging": ["dev read-only", "staging read-only"],
    "deploy-staging": ["dev read-only", "staging deploy"],
    "plan-prod": ["staging read-only", "prod read-only"],
    "deploy-prod": ["staging read-only", "prod deploy"],
    "release": ["dev deploy"],
    "drift": ["dev read-only", "staging read-only", "prod read-only"],
}


def test_builds_have_the_rights_of_their_step_and_no_more() -> None:
    document = whole()
    for name in ("check", "image", "record", "expire", *ASSUMED):
        assert_exact_actions(policy(document, name).values())
    for name, expected in ASSUMED.items():
        assert sorted(policy(document, name)["AssumeRoles"]["Resource"]) == sorted(role(*item.split()) for item in expected), name
    assert policy(document, "expire")["AssumeRoles"]["Resource"] == ["arn:aws:iam::444444444444:role/sandbox"]
    assert set(policy(document, "check")) == {"WriteLogs", "FindArtifacts", "Artifacts", "ArtifactsKey"}
    assert set(policy(document, "image")) - set(policy(document, "check")) == {"PushImages", "RegistryToken"}
    assert policy(document, "image")["PushImages"]["Resource"] == ["arn:aws:ecr:eu-west-1:111111111111:repository/slipway-dev-inference"]
    writers = {name for name in ("check", "image", "record", *ASSUMED) if "s3:PutObject" in json.dumps(policy(document, name))}
    assert writers == {"check", "image", "plan-dev", "plan-staging", "plan-prod"}
    cloners = {name for name in ("check", "image", "record", "expire", *ASSUMED) if "UseConnection" in policy(document, name)}
    assert cloners == {"record", "release", "expire", "drift"}


def test_only_the_image_build_is_privileged() -> None:
    found = {step for step, body in projects(whole()).items() if body["environment"]["privileged_mode"]}
    assert found == {"image"}


def test_services_assume_roles_for_the_pipelines_own_resources_only() -> None:
    for body in resources(whole(), "aws_iam_role"):
        trust = statements(body["assume_role_policy"])["Service"]
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "111111111111"}
        sources = trust["Condition"]["ArnLike"]["aws:SourceArn"]
        assert sources and all("slipway-dev-delivery" in arn and "*" not in arn for arn in sources), body["name"]


def test_approvers_are_told_through_their_topic_alone() -> None:
    told = build(environments=[{"name": "dev", "cases": CASES, "approval_topic": TOPIC}])
    assert policy(told, "pipeline")["TellApprovers"]["Resource"] == [TOPIC]
    keys = policy(told, "pipeline")["TopicKeys"]["Condition"]["StringEquals"]
    assert keys["kms:EncryptionContext:aws:sns:topicArn"] == [TOPIC], "the topics of an environment are encrypted"
    assert not {"TellApprovers", "TopicKeys"} & set(policy(whole(), "pipeline"))


def test_environments_are_told_to_let_in_exactly_the_roles_that_assume_theirs() -> None:
    """What validation asks `access` to name is what the builds' policies say."""
    document = whole()
    spec = DeliverySpec.model_validate(WHOLE)
    for environment in ("dev", "staging", "prod"):
        wanted = principals(NAMING, spec, environment, releases=True)
        for kind, roles in (("deploy", wanted.deploy), ("read-only", wanted.read_only)):
            assuming = {
                role_arn(NAMING, name) for name in ASSUMED if role(environment, kind) in policy(document, name)["AssumeRoles"]["Resource"]
            }
            assert set(roles) == assuming, (environment, kind)
    least = DeliverySpec.model_validate(LEAST)
    assert not any("drift" in arn for arn in principals(NAMING, least, "dev", releases=False).read_only)
    assert not any("release" in arn for arn in principals(NAMING, least, "dev", releases=False).deploy)

"""Every option of a role reaches the Terraform JSON; a role that was brought along is passed on untouched."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.identity import example
from modules.identity.construct import Access, DeployRole, ExecutionRole, ReadOnlyRole
from modules.identity.execution import ExecutionRoleRefs
from modules.identity.spec import AccessSpec, ExecutionRoleSpec
from tests.modules.identity.test_identity_people import refs as access_refs
from tests.modules.policy_documents import statements
from tests.modules.support import all_options, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
BOUNDARY = "arn:aws:iam::111111111111:policy/boundary"
PERSON = "arn:aws:iam::111111111111:role/person"
USES = ExecutionRoleRefs(endpoint_names=("slipway-test-wine",), repository_arns=("arn:aws:ecr:eu-west-1:111111111111:repository/a",))
ROLE_OPTIONS: dict[str, Any] = {"path": "/ml/", "permissions_boundary": BOUNDARY, "max_session_duration": 7200}
ACCESS_OPTIONS: dict[str, tuple[Any, str]] = {
    "deploy_principals": ([PERSON], PERSON),
    "read_only_principals": ([PERSON], PERSON),
    "github": ({"repository": "o/r"}, "repo:o/r:environment:test"),
    "gitlab": ({"project": "g/p"}, "project_path:g/p:ref_type:branch:ref:main"),
}
GITHUB_OPTIONS: dict[str, tuple[Any, str]] = {
    "repository": ("org/repo", "repo:org/repo:environment:test"),
    "deploy_subjects": (["environment:live"], "repo:org/repo:environment:live"),
    "read_only_subjects": (["environment:plan"], "repo:org/repo:environment:plan"),
}
GITLAB_OPTIONS: dict[str, tuple[Any, str]] = {
    "project": ("group/sub/name", "project_path:group/sub/name:ref_type:branch:ref:main"),
    "host": ("git.example.com", "oidc-provider/git.example.com"),
    "deploy_refs": (["tag:v1"], "project_path:org/repo:ref_type:tag:ref:v1"),
    "merge_requests_plan": (True, "project_path:org/repo:ref_type:branch:ref:*"),
}


def execution(stack: Any, id: str = "role", name: str = "wine", **options: Any) -> ExecutionRole:
    return ExecutionRole(stack, id, naming=NAMING, name=name, spec=ExecutionRoleSpec(**options), refs=USES)


def access(stack: Any, **options: Any) -> Access:
    return Access(stack, "access", naming=NAMING, spec=AccessSpec.model_validate(options), refs=access_refs())


@pytest.mark.parametrize("option", ROLE_OPTIONS)
def test_option_reaches_the_execution_role(option: str) -> None:
    document = synth(lambda stack: execution(stack, **{option: ROLE_OPTIONS[option]}))
    assert resource(document, "aws_iam_role")[option] == ROLE_OPTIONS[option]


@pytest.mark.parametrize("option", ROLE_OPTIONS)
def test_option_reaches_both_roles_for_people(option: str) -> None:
    people = {"deploy_principals": [PERSON], "read_only_principals": [PERSON]}
    document = synth(lambda stack: access(stack, **people, **{option: ROLE_OPTIONS[option]}))
    assert [role[option] for role in resources(document, "aws_iam_role")] == [ROLE_OPTIONS[option]] * 2


@pytest.mark.parametrize("option", ACCESS_OPTIONS)
def test_access_option_reaches_a_trust_policy(option: str) -> None:
    value, expected = ACCESS_OPTIONS[option]
    document = synth(lambda stack: access(stack, **{option: value}))
    assert any(expected in role["assume_role_policy"] for role in resources(document, "aws_iam_role"))


@pytest.mark.parametrize("option", GITHUB_OPTIONS)
def test_github_option_reaches_a_trust_policy(option: str) -> None:
    value, expected = GITHUB_OPTIONS[option]
    document = synth(lambda stack: access(stack, github={"repository": "org/repo", option: value}))
    assert any(expected in role["assume_role_policy"] for role in resources(document, "aws_iam_role"))


@pytest.mark.parametrize("create", [True, False])
def test_github_provider_is_made_when_asked(create: bool) -> None:
    document = synth(lambda stack: access(stack, github={"repository": "o/r", "create_provider": create}))
    found = resources(document, "aws_iam_openid_connect_provider")
    assert [(item["url"], item["client_id_list"]) for item in found] == [
        ("https://token.actions.githubusercontent.com", ["sts.amazonaws.com"])
    ] * create


@pytest.mark.parametrize("option", GITLAB_OPTIONS)
def test_gitlab_option_reaches_a_trust_policy(option: str) -> None:
    value, expected = GITLAB_OPTIONS[option]
    document = synth(lambda stack: access(stack, gitlab={"project": "org/repo", option: value}))
    assert any(expected in role["assume_role_policy"] for role in resources(document, "aws_iam_role"))


@pytest.mark.parametrize("create", [True, False])
def test_gitlab_provider_is_made_when_asked(create: bool) -> None:
    document = synth(lambda stack: access(stack, gitlab={"project": "g/p", "create_provider": create}))
    found = [(item["url"], item["client_id_list"]) for item in resources(document, "aws_iam_openid_connect_provider")]
    assert found == [("https://gitlab.com", ["https://gitlab.com"])] * create


def test_every_option_has_a_case() -> None:
    tested = {
        *(f"{kind}.{option}" for kind in ("ExecutionRoleSpec", "AccessSpec") for option in ROLE_OPTIONS),
        *(f"AccessSpec.{option}" for option in ACCESS_OPTIONS),
        *(f"GithubSpec.{option}" for option in (*GITHUB_OPTIONS, "create_provider")),
        *(f"GitlabSpec.{option}" for option in (*GITLAB_OPTIONS, "create_provider")),
        "ExecutionRoleSpec.role_arn",
    }
    assert untested(all_options(ExecutionRoleSpec, AccessSpec), tested) == []


def test_only_sagemaker_of_this_account_assumes_an_execution_role() -> None:
    trust = statements(resource(synth(execution), "aws_iam_role")["assume_role_policy"])
    assert set(trust) == {"SageMaker"}
    assert trust["SageMaker"]["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["SageMaker"]["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:eu-west-1:111111111111:*"},
        "StringEquals": {"aws:SourceAccount": "111111111111"},
    }


def test_whoever_uses_the_arn_waits_for_the_permissions() -> None:
    document = synth(lambda stack: export(stack, "role", execution(stack, path="/ml/").outputs))
    (policy,) = document["resource"]["aws_iam_role_policy"]
    assert document["output"]["role_arn"]["value"] == f"arn:aws:iam::111111111111:role/ml/${{aws_iam_role_policy.{policy}.role}}"


def test_a_brought_role_is_passed_on_and_nothing_is_created() -> None:
    arn = "arn:aws:iam::111111111111:role/path/mine"
    document = synth(lambda stack: export(stack, "role", execution(stack, role_arn=arn).outputs))
    assert "resource" not in document
    assert (document["output"]["role_arn"]["value"], document["output"]["role_name"]["value"]) == (arn, "mine")


def test_long_model_names_fit_and_keep_the_prefix_the_deploy_role_manages() -> None:
    document = synth(lambda stack: execution(stack, name="m" * 63))
    name = resource(document, "aws_iam_role")["name"]
    assert len(name) == 64
    assert name.startswith("slipway-test-model-")


def test_nobody_to_assume_means_no_role() -> None:
    document = synth(lambda stack: export(stack, "access", access(stack).outputs))
    assert "resource" not in document
    assert "output" not in document


@pytest.mark.parametrize("kind", [DeployRole, ReadOnlyRole])
def test_a_role_without_trust_is_refused(kind: type[Any]) -> None:
    with pytest.raises(Exception, match="nobody may assume it"):
        synth(lambda stack: kind(stack, "role", naming=NAMING, spec=AccessSpec(), refs=access_refs()))


def test_every_policy_is_attached_once() -> None:
    document = synth(lambda stack: access(stack, github={"repository": "o/r"}))
    policies, attachments = (resources(document, kind) for kind in ("aws_iam_policy", "aws_iam_role_policy_attachment"))
    assert len(policies) == len({body["name"] for body in policies}) == len(attachments) > 2
    assert len({body["policy_arn"] for body in attachments}) == len(policies)


def test_two_execution_roles_do_not_clash() -> None:
    def build(stack: Any) -> None:
        execution(stack, "first", "wine")
        execution(stack, "second", "beer")

    assert {body["name"] for body in resources(synth(build), "aws_iam_role")} == {"slipway-test-model-wine", "slipway-test-model-beer"}


def test_logical_ids_are_unique_across_types() -> None:
    document = synth(example.build)
    identifiers = [name for bodies in document["resource"].values() for name in bodies]
    assert len(identifiers) == len(set(identifiers))
    assert set(document["output"]) == {"wine_role_arn", "wine_role_name", "access_deploy_role_arn", "access_read_only_role_arn"}

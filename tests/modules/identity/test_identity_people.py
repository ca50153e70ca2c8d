"""What the deploy and the read-only role may do, and who may assume them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import botocore.session
import pytest

from modules._shared.naming import Naming
from modules.identity.people import AccessRefs, deploy_policies, deploy_trust, read_only_policies, read_only_trust
from modules.identity.policy import MANAGED_LIMIT, TRUST_LIMIT, document
from modules.identity.spec import AccessSpec
from slipway.layers import OPTIONAL
from tests.modules.policy_documents import as_list, assert_exact_actions, assert_scoped, statements

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
ADMIN = "arn:aws:iam::111111111111:role/admin"
PURPOSES = ("models", "data-capture", "async-output", "access-logs")

S3_OPERATIONS = {
    "s3:GetAccelerateConfiguration": "s3:GetBucketAccelerateConfiguration",
    "s3:GetBucketCORS": "s3:GetBucketCors",
    "s3:GetBucketNotification": "s3:GetBucketNotificationConfiguration",
    "s3:PutBucketNotification": "s3:PutBucketNotificationConfiguration",
    "s3:GetBucketObjectLockConfiguration": "s3:GetObjectLockConfiguration",
    "s3:GetBucketPublicAccessBlock": "s3:GetPublicAccessBlock",
    "s3:PutBucketPublicAccessBlock": "s3:PutPublicAccessBlock",
    "s3:GetEncryptionConfiguration": "s3:GetBucketEncryption",
    "s3:PutEncryptionConfiguration": "s3:PutBucketEncryption",
    "s3:GetLifecycleConfiguration": "s3:GetBucketLifecycleConfiguration",
    "s3:PutLifecycleConfiguration": "s3:PutBucketLifecycleConfiguration",
    "s3:GetReplicationConfiguration": "s3:GetBucketReplication",
    "s3:GetObjectVersion": "s3:GetObject",
    "s3:ListBucket": "s3:ListObjectsV2",
    "s3:ListBucketVersions": "s3:ListObjectVersions",
    "s3:DeleteObjectVersion": "s3:DeleteObject",
}
"""S3 permissions that are not called like their operation (service authorization reference)."""


def refs(naming: Naming = NAMING, repositories: int = 1) -> AccessRefs:
    names = tuple(naming.bucket(purpose) for purpose in PURPOSES)
    return AccessRefs(
        state_bucket=naming.bucket("tfstate"),
        lock_table=naming.name("tflock"),
        state_key_alias=f"alias/{naming.name('tfstate')}",
        artifacts_key_alias=f"alias/{naming.name('artifacts')}",
        buckets=names,
        artifact_buckets=names[:1],
        repositories=tuple(naming.name(f"image-{number}") for number in range(repositories)),
    )


def merged(policies: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return statements(document([item for group in policies.values() for item in group]))


def deploy(**changes: Any) -> dict[str, dict[str, Any]]:
    return merged(deploy_policies(NAMING, AccessSpec(), replace(refs(), **changes)))


def read_only(**changes: Any) -> dict[str, dict[str, Any]]:
    return merged(read_only_policies(NAMING, AccessSpec(), replace(refs(), **changes)))


def actions(found: dict[str, dict[str, Any]]) -> set[str]:
    return {action for item in found.values() for action in item["Action"]}


@pytest.mark.parametrize("found", [deploy(), read_only()], ids=["deploy", "read-only"])
def test_least_privilege(found: dict[str, dict[str, Any]]) -> None:
    assert_exact_actions(found.values())
    assert_scoped(found.values())


@pytest.mark.parametrize("found", [deploy(), read_only()], ids=["deploy", "read-only"])
def test_every_resource_is_the_environments_own(found: dict[str, dict[str, Any]]) -> None:
    for sid, item in found.items():
        for arn in as_list(item["Resource"]):
            own = "slipway-test" in arn or "slipway/test" in arn
            shared = arn == "*" or "scalable-target/*" in arn or "oidc-provider/" in arn or "aws-service-role/" in arn
            tagged = ":key/*" in arn and "Condition" in item
            assert own or shared or tagged, (sid, arn)


def test_action_names_exist() -> None:
    """IAM ignores an action it does not know, so a misspelt one would only be noticed in a real account."""
    session = botocore.session.get_session()
    known = {"iam:PassRole"}  # a permission without an operation of its own
    for service in {action.split(":")[0] for action in actions(deploy())}:
        for client in ("sagemaker", "sagemaker-runtime") if service == "sagemaker" else (service,):
            known |= {f"{service}:{operation}" for operation in session.get_service_model(client).operation_names}
    used = actions(deploy(emptied_buckets=("slipway-test-models-111111111111",))) | actions(read_only())
    assert {S3_OPERATIONS.get(action, action) for action in used} - known == set()


def test_deploying_covers_what_a_destroy_needs() -> None:
    assert actions(deploy()) >= {
        "application-autoscaling:DeregisterScalableTarget",
        "sagemaker:DeleteEndpoint",
        "logs:DeleteLogGroup",
        "ecr:DeleteRepository",
        "s3:DeleteBucket",
        "kms:ScheduleKeyDeletion",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
    }


def test_planning_changes_nothing_but_locks() -> None:
    verbs = ("Get", "List", "Describe", "BatchGet", "BatchCheck", "Filter")
    changing = {action for action in actions(read_only()) if not action.split(":")[1].startswith(verbs)}
    assert changing == {"dynamodb:DeleteItem", "dynamodb:PutItem", "kms:Decrypt", "kms:GenerateDataKey", "s3:DeleteObject", "s3:PutObject"}
    found = read_only()
    writes = [sid for sid, item in found.items() if {"s3:PutObject", "s3:DeleteObject"} & set(item["Action"])]
    assert writes == ["LockFiles"]
    assert found["LockFiles"]["Resource"] == ["arn:aws:s3:::slipway-test-tfstate-111111111111/test-*.tfstate.tflock"]


def test_planning_reads_variables_of_functions_and_inputs_of_schedules() -> None:
    """Without the key Lambda answers without variables: a plan would differ from the one that deploys, and nothing could be approved."""
    for found in (deploy(), read_only()):
        assert found["ReadSettings"]["Action"] == ["kms:Decrypt"]
        condition = found["ReadSettings"]["Condition"]
        assert condition["StringEquals"] == {"kms:ViaService": ["lambda.eu-west-1.amazonaws.com", "scheduler.eu-west-1.amazonaws.com"]}
        assert "alias/slipway-test-api" in condition["ForAnyValue:StringEquals"]["kms:ResourceAliases"]


def test_planning_cannot_change_a_states_digest() -> None:
    found = read_only()
    assert not {"dynamodb:PutItem", "dynamodb:DeleteItem"} & set(found["LockTable"]["Action"])
    (pattern,) = found["Locks"]["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert pattern.endswith(".tfstate"), "the digest's key ends in .tfstate-md5"


def test_nobody_reads_captured_data() -> None:
    for found in (deploy(), read_only()):
        readable = [arn for item in found.values() if "s3:GetObject" in item["Action"] for arn in item["Resource"]]
        assert not [arn for arn in readable if "data-capture" in arn or "async-output" in arn]


def test_deploying_never_deletes_a_state_or_an_artifact() -> None:
    deletable = [arn for item in deploy().values() if "s3:DeleteObject" in item["Action"] for arn in item["Resource"]]
    bucket = "arn:aws:s3:::slipway-test-tfstate-111111111111"
    assert sorted(deletable) == [f"{bucket}/.slipway/deploy.lock", f"{bucket}/test-*.tfstate.tflock"]
    assert "ecr:BatchDeleteImage" not in actions(deploy())


def test_only_buckets_that_may_go_are_emptied() -> None:
    emptied = deploy(emptied_buckets=("slipway-test-models-111111111111",))["Empty"]
    arn = "arn:aws:s3:::slipway-test-models-111111111111"
    assert emptied["Resource"] == [arn, f"{arn}/*"]


def test_roles_are_passed_to_sagemaker_only() -> None:
    brought = "arn:aws:iam::111111111111:role/theirs"
    passed = deploy(brought_role_arns=(brought,), execution_role_paths=("/ml/",))["PassRoles"]
    assert passed["Action"] == ["iam:PassRole"]
    assert passed["Resource"] == ["arn:aws:iam::111111111111:role/ml/slipway-test-model-*", brought]
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_the_deploy_role_cannot_change_itself_or_a_brought_role() -> None:
    found = deploy(brought_role_arns=("arn:aws:iam::111111111111:role/theirs",))
    changing = [
        arn
        for item in found.values()
        for action in item["Action"]
        if action.startswith("iam:") and action.split(":")[1].startswith(("Put", "Update", "Delete", "Create", "Attach", "Detach"))
        for arn in item["Resource"]
    ]
    assert set(changing) == {
        "arn:aws:iam::111111111111:role/slipway-test-model-*",
        "arn:aws:iam::111111111111:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
    }


def test_boundaries_of_execution_roles_are_demanded_when_there_are_any() -> None:
    boundary = "arn:aws:iam::111111111111:policy/boundary"
    assert "Condition" not in deploy()["ExecutionPolicies"]
    bounded = deploy(execution_role_boundaries=(boundary,))["ExecutionPolicies"]
    assert bounded["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": [boundary]}}


def test_the_states_key_is_used_but_not_changed() -> None:
    found = deploy()
    assert found["Keys"]["Condition"]["StringEquals"]["aws:ResourceTag/stack"] == [
        "api",
        "load_test",
        "network",
        "operations",
        "shared",
        "serving",
        "training",
    ]
    assert found["StateKey"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert found["TagNewKeys"]["Condition"]["Null"] == {"aws:ResourceTag/environment": "true", "aws:ResourceTag/project": "true"}


def test_without_a_table_there_is_no_permission_for_one() -> None:
    assert not [action for action in actions(deploy(lock_table=None)) if action.startswith("dynamodb:")]


def everything(naming: Naming) -> AccessRefs:
    """All layers and all kinds of hosting."""
    given = refs(naming, repositories=10)
    return replace(
        given,
        emptied_buckets=given.buckets,
        execution_role_paths=tuple(f"/path-{number}/" for number in range(5)),
        optional_layers=OPTIONAL,
        training_bucket=naming.bucket("training"),
        transform_bucket=naming.bucket("async-output"),
        functions=(naming.name("wine"),),
        function_roles=(naming.name("wine", "function"),),
        fargate=True,
    )


def test_policies_fit_iams_limits_in_the_largest_case() -> None:
    long = Naming("p" * 40, "e" * 11, "111111111111", "ap-southeast-1")
    given = everything(long)
    policies = {
        **deploy_policies(long, AccessSpec(), given),
        **{f"read-{k}": v for k, v in read_only_policies(long, AccessSpec(), given).items()},
    }
    assert {name: len(document(items)) for name, items in policies.items() if len(document(items)) > MANAGED_LIMIT} == {}
    assert len(deploy_policies(long, AccessSpec(), given)) <= 10, "IAM attaches at most 10 managed policies to a role by default"


def test_what_every_environment_has_keeps_its_place() -> None:
    """A statement that moved to another policy would be missing for a moment, while a role deploys itself."""
    plain, whole = (
        deploy_policies(NAMING, AccessSpec(), refs()),
        deploy_policies(NAMING, AccessSpec(), replace(everything(NAMING), **vars_of(refs()))),
    )
    place = {item["Sid"]: number for number, items in whole.items() for item in items}
    assert all(place[item["Sid"]] == number for number, items in plain.items() for item in items)


def vars_of(given: AccessRefs) -> dict[str, Any]:
    """What an environment without optional parts has, so that only layers and hosting differ."""
    kept = ("repositories", "emptied_buckets", "execution_role_paths")
    return {name: getattr(given, name) for name in kept}


@pytest.mark.parametrize(
    ("options", "deploys", "reads"),
    [
        ({}, ["repo:o/r:environment:test"], ["repo:o/r:environment:plan-test", "repo:o/r:pull_request"]),
        (
            {"deploy_subjects": ["ref:refs/heads/main"], "read_only_subjects": ["pull_request"]},
            ["repo:o/r:ref:refs/heads/main"],
            ["repo:o/r:pull_request"],
        ),
        ({"read_only_subjects": ["environment:plan"]}, ["repo:o/r:environment:test"], ["repo:o/r:environment:plan"]),
    ],
)
def test_github_trust_names_repository_and_context(options: dict[str, Any], deploys: list[str], reads: list[str]) -> None:
    spec = AccessSpec.model_validate({"github": {"repository": "o/r", **options}})
    for (statement,), subjects in ((deploy_trust(NAMING, spec), deploys), (read_only_trust(NAMING, spec), reads)):
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        assert statement["Principal"] == {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}
        assert statement["Condition"] == {
            "StringEquals": {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": subjects,
            }
        }


def test_gitlab_deploys_named_refs_only_and_plans_any_branch() -> None:
    spec = AccessSpec.model_validate({"gitlab": {"project": "g/p"}})
    (deploys,), (plans,) = deploy_trust(NAMING, spec), read_only_trust(NAMING, spec)
    assert deploys["Principal"] == {"Federated": "arn:aws:iam::111111111111:oidc-provider/gitlab.com"}
    assert deploys["Condition"] == {
        "StringEquals": {"gitlab.com:aud": "https://gitlab.com", "gitlab.com:sub": ["project_path:g/p:ref_type:branch:ref:main"]}
    }
    assert plans["Condition"]["StringLike"] == {"gitlab.com:sub": "project_path:g/p:ref_type:branch:ref:*"}
    strict = AccessSpec.model_validate({"gitlab": {"project": "g/p", "merge_requests_plan": False}})
    assert read_only_trust(NAMING, strict) == deploy_trust(NAMING, strict)


def test_trust_lists_people_beside_github_and_fits() -> None:
    spec = AccessSpec.model_validate({"deploy_principals": [ADMIN], "github": {"repository": "o/r"}})
    found = statements(document(deploy_trust(NAMING, spec)))
    assert found["Roles"]["Principal"] == {"AWS": [f"{ADMIN.partition(':role/')[0]}:root"]}
    assert found["Roles"]["Condition"] == {"ArnEquals": {"aws:PrincipalArn": [ADMIN]}}
    assert len(document(deploy_trust(NAMING, spec))) <= TRUST_LIMIT

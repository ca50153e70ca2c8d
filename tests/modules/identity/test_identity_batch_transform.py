"""What batch transforms, images that AWS keeps and compilations add to the roles, and that nothing of it is there without them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from modules.identity.access import deploy_statements, plan_statements
from modules.identity.batch_transform_access import batch_transform
from modules.identity.execution import ExecutionRoleRefs, TransformPlace, execution_statements
from modules.identity.people import deploy_policies
from modules.identity.policy import MANAGED_LIMIT, document
from modules.identity.spec import AccessSpec
from tests.modules.identity.test_identity_people import ADMIN, NAMING, refs
from tests.modules.policy_documents import assert_exact_actions, assert_scoped, statements

SPEC = AccessSpec(deploy_principals=(ADMIN,))
BOUNDARY = "arn:aws:iam::111111111111:policy/limit"
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
ROWS = batch_transform(NAMING, "data", BOUNDARY)


def test_people_make_schedules_and_start_jobs_of_the_environment_only() -> None:
    text = document(deploy_statements(ROWS))
    found = statements(text)
    assert_exact_actions(found.values())
    assert_scoped([item for sid, item in found.items() if sid != "TransformListing"])
    assert found["TransformListing"]["Action"] == ["sagemaker:ListModels"], "AWS offers no resource for it"
    assert len(text) < MANAGED_LIMIT
    assert found["TransformJobs"]["Resource"] == ["arn:aws:sagemaker:eu-west-1:111111111111:transform-job/slipway-test-*"]
    assert found["TransformData"]["Resource"] == ["arn:aws:s3:::data/*/input/*", "arn:aws:s3:::data/*/output/*"]
    assert found["BatchRolePolicies"]["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
    assert found["PassBatchRoles"]["Condition"]["StringEquals"]["iam:PassedToService"] == [
        "scheduler.amazonaws.com",
        "states.amazonaws.com",
    ]


def test_planning_changes_nothing() -> None:
    actions = [action for item in statements(document(plan_statements(ROWS))).values() for action in item["Action"]]
    assert actions and all(action.split(":")[1].startswith(("Describe", "Get", "List", "Filter", "Validate")) for action in actions)


def given(**changes: Any) -> dict[str, Any]:
    """All statements of the deploy role, by sid."""
    return {item["Sid"]: item for group in deploy_policies(NAMING, SPEC, replace(refs(), **changes)).values() for item in group}


def test_there_are_rows_for_what_is_used_only() -> None:
    assert not set(given()) & {"PrebuiltImages", "Compilations", "TransformJobs"}
    assert "TransformJobs" in given(transform_bucket="data")


def test_prebuilt_images_are_looked_up_and_compilations_made() -> None:
    arn = "arn:aws:ecr:eu-west-1:763104351884:repository/pytorch-inference"
    found = statements(document(list(given(prebuilt_repository_arns=(arn,), compiles=True).values())))
    assert (found["PrebuiltImages"]["Action"], found["PrebuiltImages"]["Resource"]) == (["ecr:BatchGetImage"], [arn])
    assert found["Compilations"]["Resource"] == ["arn:aws:sagemaker:eu-west-1:111111111111:compilation-job/slipway-test-*"]


def test_the_models_role_reads_and_writes_the_places_of_its_jobs() -> None:
    place = TransformPlace("own", "in/", KEY)
    used = ExecutionRoleRefs((), ("repository",), "models", KEY, compiles=True, transforms=True, transform_inputs=(place,))
    found = statements(document(execution_statements(NAMING, "wine", replace(used, transform_outputs=(TransformPlace("own", "out/"),)))))
    assert found["ReadInput0"]["Resource"] == ["arn:aws:s3:::own/in/*"]
    assert found["ListInput0"]["Condition"] == {"StringLike": {"s3:prefix": ["in/*"]}}
    assert found["WriteOutput0"]["Resource"] == ["arn:aws:s3:::own/out/*"]
    assert found["DecryptInput0"]["Resource"] == [KEY] and "EncryptOutput0" not in found
    assert found["WriteCompiled"]["Resource"] == ["arn:aws:s3:::models/models/wine/neo/*"]
    assert found["DecryptArtifacts"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert "/aws/sagemaker/TransformJobs" in found["PutMetrics"]["Condition"]["StringEquals"]["cloudwatch:namespace"]
    assert "WriteLogs" not in found, "no endpoint, no log group of one"

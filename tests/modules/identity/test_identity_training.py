"""What the deploy and the read-only role may do with training pipelines."""

from __future__ import annotations

from modules._shared.key_policy import document
from modules._shared.naming import Naming
from modules.identity.access import deploy_statements, plan_statements
from modules.identity.training_access import training
from tests.modules.policy_documents import assert_exact_actions, assert_scoped, statements, unknown_actions

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
BUCKET = "slipway-test-training-111111111111"
DEPLOY, PLAN = (statements(document(make(training(NAMING, BUCKET)))) for make in (deploy_statements, plan_statements))
S3 = {"s3:DeleteObjectVersion", "s3:ListBucketVersions"}
"""IAM's own names for what operations on versions need."""


def test_least_privilege() -> None:
    for found in (DEPLOY, PLAN):
        assert_exact_actions(found.values())
        assert_scoped(found.values())


def test_action_names_exist() -> None:
    assert unknown_actions(DEPLOY.values(), {"states": "stepfunctions"}) <= S3


def test_a_source_goes_with_all_its_versions() -> None:
    """The provider asks a versioned bucket for an object's versions and removes each."""
    assert "s3:DeleteObjectVersion" in DEPLOY["Sources"]["Action"]
    assert DEPLOY["Sources"]["Resource"] == [f"arn:aws:s3:::{BUCKET}/source/*"]
    assert DEPLOY["SourceVersions"]["Resource"] == [f"arn:aws:s3:::{BUCKET}"]


def test_following_an_execution_reads_its_training_jobs() -> None:
    assert PLAN["TrainingJobs"]["Action"] == ["sagemaker:DescribeHyperParameterTuningJob", "sagemaker:DescribeTrainingJob"]

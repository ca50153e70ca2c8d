"""What an execution role may do follows from what its model uses, and from nothing else."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.identity.execution import ExecutionRoleRefs, execution_statements
from modules.identity.policy import INLINE_LIMIT, document, limited
from tests.modules.policy_documents import as_list, assert_exact_actions, assert_scoped, statements

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
KEY = "arn:aws:kms:eu-west-1:111111111111:key/"
REPOSITORY = "arn:aws:ecr:eu-west-1:111111111111:repository/slipway-test-inference"
BASE = ("DescribeAlarms", "PullImages", "PutMetrics", "RegistryToken", "WriteLogs")
EVERYTHING: dict[str, Any] = {
    "models_bucket": "models",
    "artifacts_key_arn": f"{KEY}artifacts",
    "lists_artifacts": True,
    "capture_bucket": "captured",
    "capture_prefixes": ("wine/",),
    "async_bucket": "async",
    "async_input_prefixes": ("wine/input/",),
    "async_output_prefixes": ("wine/output/",),
    "inference_key_arn": f"{KEY}inference",
    "topic_arns": ("arn:aws:sns:eu-west-1:111111111111:slipway-test-done",),
    "topics_key_arn": f"{KEY}topics",
    "subnet_ids": ("subnet-1",),
    "security_group_ids": ("sg-1",),
}


def built(**uses: Any) -> dict[str, dict[str, Any]]:
    refs = ExecutionRoleRefs(endpoint_names=("slipway-test-wine",), repository_arns=(REPOSITORY,), **uses)
    return statements(document(execution_statements(NAMING, "wine", refs)))


def chosen(*names: str) -> dict[str, Any]:
    return {name: EVERYTHING[name] for name in names}


@pytest.mark.parametrize(
    ("uses", "added"),
    [
        ({}, []),
        (chosen("models_bucket"), ["ReadArtifacts"]),
        (chosen("models_bucket", "artifacts_key_arn"), ["ReadArtifacts", "DecryptArtifacts"]),
        (chosen("models_bucket", "lists_artifacts"), ["ReadArtifacts", "ListArtifacts"]),
        (chosen("capture_bucket", "capture_prefixes"), ["WriteCapture0"]),
        (chosen("capture_bucket", "capture_prefixes", "inference_key_arn"), ["WriteCapture0", "EncryptInferenceData"]),
        (chosen("inference_key_arn"), []),
        (chosen("async_bucket", "async_input_prefixes", "async_output_prefixes"), ["ReadAsync0", "WriteAsync0"]),
        (chosen("topic_arns"), ["Publish"]),
        (chosen("topic_arns", "topics_key_arn"), ["Publish", "EncryptNotifications"]),
        (chosen("topics_key_arn"), []),
        (chosen("subnet_ids", "security_group_ids"), ["AttachNetworkInterfaces", "DescribeNetwork"]),
    ],
)
def test_statements_follow_use(uses: dict[str, Any], added: list[str]) -> None:
    assert sorted(built(**uses)) == sorted([*BASE, *added])


def test_every_use_has_an_effect() -> None:
    complete = document(list(built(**EVERYTHING).values()))
    for field in fields(ExecutionRoleRefs):
        if field.name in EVERYTHING:
            without = {name: value for name, value in EVERYTHING.items() if name != field.name}
            assert document(list(built(**without).values())) != complete, field.name


def test_least_privilege_with_everything_in_use() -> None:
    found = built(**EVERYTHING).values()
    assert_exact_actions(found)
    assert_scoped(found)


def test_artifacts_of_other_models_are_out_of_reach() -> None:
    found = built(**chosen("models_bucket", "lists_artifacts"))
    assert found["ReadArtifacts"]["Resource"] == ["arn:aws:s3:::models/models/wine/*"]
    assert found["ListArtifacts"]["Condition"] == {"StringLike": {"s3:prefix": ["models/wine/*"]}}


def test_logs_go_to_the_endpoints_own_groups() -> None:
    group = "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/sagemaker/Endpoints/slipway-test-wine"
    assert built()["WriteLogs"]["Resource"] == [group, f"{group}:*"]


def test_metrics_are_bound_to_namespaces() -> None:
    namespaces = built()["PutMetrics"]["Condition"]["StringEquals"]["cloudwatch:namespace"]
    assert namespaces == ["/aws/sagemaker/Endpoints", "AWS/SageMaker", "slipway/test"]


@pytest.mark.parametrize(
    ("sid", "actions", "host"),
    [
        ("DecryptArtifacts", ["kms:Decrypt"], "s3.eu-west-1.amazonaws.com"),
        ("EncryptInferenceData", ["kms:Decrypt", "kms:GenerateDataKey"], "s3.eu-west-1.amazonaws.com"),
        ("EncryptNotifications", ["kms:Decrypt", "kms:GenerateDataKey"], "sns.eu-west-1.amazonaws.com"),
    ],
)
def test_keys_are_used_through_their_service(sid: str, actions: list[str], host: str) -> None:
    statement = built(**EVERYTHING)[sid]
    assert statement["Action"] == actions
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": [host]}}


def test_network_interfaces_are_bound_to_the_models_subnets_and_groups() -> None:
    resources = built(**EVERYTHING)["AttachNetworkInterfaces"]["Resource"]
    prefix = "arn:aws:ec2:eu-west-1:111111111111:"
    assert resources == [f"{prefix}network-interface/*", f"{prefix}subnet/subnet-1", f"{prefix}security-group/sg-1"]


def test_nothing_can_be_deleted_but_network_interfaces() -> None:
    actions = [action for item in built(**EVERYTHING).values() for action in as_list(item["Action"])]
    assert {action for action in actions if ":Delete" in action} == {
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
    }


def test_a_large_model_fits_an_inline_policy() -> None:
    long = Naming("p" * 40, "e" * 20, "111111111111", "ap-southeast-1")
    refs = ExecutionRoleRefs(
        endpoint_names=tuple(long.name(f"endpoint-{number}") for number in range(10)),
        repository_arns=tuple(long.arn("ecr", f"repository/{long.name(f'image-{number}')}") for number in range(15)),
        **{**EVERYTHING, "capture_prefixes": tuple(f"{long.name(f'endpoint-{number}')}/" for number in range(10))},
    )
    assert len(document(execution_statements(long, "m" * 63, refs))) <= INLINE_LIMIT


def test_a_policy_that_iam_would_refuse_is_refused_here() -> None:
    refs = ExecutionRoleRefs(endpoint_names=tuple(f"endpoint-{number}" for number in range(80)), repository_arns=(REPOSITORY,))
    with pytest.raises(ValueError, match=r"the policy of model wine has \d+ characters, IAM takes 10240"):
        limited(execution_statements(NAMING, "wine", refs), INLINE_LIMIT, "the policy of model wine")

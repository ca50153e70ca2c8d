"""Every option of the function reaches the Terraform JSON; the role may do nothing that the container does not do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.lambda_endpoint.construct import LambdaEndpoint, LambdaRefs
from modules.lambda_endpoint.spec import LambdaHosting, alias_arn
from tests.modules.policy_documents import assert_exact_actions, statements
from tests.modules.support import all_options, at, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
KEY, LOGS, ARTIFACTS = ("arn:aws:kms:eu-west-1:111111111111:key/" + name for name in ("1", "2", "3"))
IMAGE = f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/inference@sha256:{'0' * 64}"
REFS = LambdaRefs(IMAGE, "x86_64", KEY, LOGS, "models/wine/model.tar.gz", "1" * 64, ARTIFACTS, {"MODE": "fast"})
FUNCTION, ROLE, GROUP, PROVISIONED = (
    "aws_lambda_function", "aws_iam_role", "aws_cloudwatch_log_group", "aws_lambda_provisioned_concurrency_config",
)  # fmt: skip
QUEUE, TOPIC = "arn:aws:sqs:eu-west-1:111111111111:dead", "arn:aws:sns:eu-west-1:111111111111:dead"
BOUNDARY = "arn:aws:iam::111111111111:policy/limit"


def build(refs: LambdaRefs = REFS, **options: Any) -> dict[str, Any]:
    spec = LambdaHosting.model_validate({"kind": "lambda", **options})
    return synth(lambda stack: LambdaEndpoint(stack, "lambda_wine", naming=NAMING, name="wine", spec=spec, refs=refs))


def granted(refs: LambdaRefs = REFS, **options: Any) -> dict[str, Any]:
    return statements(resource(build(refs, **options), "aws_iam_role_policy")["policy"])


SCALED = {"provisioned_concurrency": {"minimum": 2, "maximum": 6, "target_utilization": 0.5}}
TARGET, POLICY = "aws_appautoscaling_target", "aws_appautoscaling_policy"
IN_JSON: dict[str, tuple[dict[str, Any], str, str, Any]] = {
    "LambdaHosting.memory_size": ({"memory_size": 4096}, FUNCTION, "memory_size", 4096),
    "LambdaHosting.timeout": ({"timeout": 120}, FUNCTION, "timeout", 120),
    "LambdaHosting.ephemeral_storage": ({"ephemeral_storage": 4096}, FUNCTION, "ephemeral_storage.size", 4096),
    "LambdaHosting.reserved_concurrent_executions": (
        {"reserved_concurrent_executions": 7}, FUNCTION, "reserved_concurrent_executions", 7
    ),
    "LambdaHosting.tracing": ({"tracing": "PassThrough"}, FUNCTION, "tracing_config.mode", "PassThrough"),
    "LambdaHosting.dead_letter_arn": ({"dead_letter_arn": QUEUE}, FUNCTION, "dead_letter_config.target_arn", QUEUE),
    "LambdaHosting.log_level": (
        {"log_level": "debug"}, FUNCTION, "environment.variables.SAGEMAKER_CONTAINER_LOG_LEVEL", "debug"
    ),
    "LambdaHosting.log_retention_in_days": ({"log_retention_in_days": 7}, GROUP, "retention_in_days", 7),
    "LambdaHosting.permissions_boundary": ({"permissions_boundary": BOUNDARY}, ROLE, "permissions_boundary", BOUNDARY),
}  # fmt: skip
SCALING = {
    "LambdaHosting.provisioned_concurrency": (PROVISIONED, "provisioned_concurrent_executions", 2),
    "ProvisionedConcurrency.minimum": (TARGET, "min_capacity", 2),
    "ProvisionedConcurrency.maximum": (TARGET, "max_capacity", 6),
    "ProvisionedConcurrency.target_utilization": (POLICY, "target_tracking_scaling_policy_configuration.target_value", 0.5),
}
ELSEWHERE = {
    "LambdaHosting.kind",  # which module it is
    "LambdaHosting.architecture",  # tests/stacks/test_hosting_lambda.py
}


def test_no_option_is_untested() -> None:
    assert untested(all_options(LambdaHosting), [*IN_JSON, *SCALING, *ELSEWHERE]) == []


@pytest.mark.parametrize("option", IN_JSON)
def test_an_option_reaches_the_json(option: str) -> None:
    options, kind, path, expected = IN_JSON[option]
    assert at(resource(build(**options), kind), path) == expected != at(resource(build(), kind), path)


@pytest.mark.parametrize("option", SCALING)
def test_an_option_of_provisioned_concurrency_reaches_the_json(option: str) -> None:
    kind, path, expected = SCALING[option]
    assert at(resource(build(**SCALED), kind), path) == expected
    assert resources(build(), kind) == []


def test_the_image_is_the_digest_and_is_told_to_serve() -> None:
    function = resource(build(), FUNCTION)
    assert (function["package_type"], function["image_uri"], function["image_config"]) == ("Image", IMAGE, {"command": ["serve"]})
    assert function["publish"] is True
    assert function["kms_key_arn"] == KEY
    assert resource(build(), GROUP)["kms_key_id"] == LOGS
    assert sorted(item.partition(".")[0] for item in function["depends_on"]) == [GROUP, "aws_iam_role_policy"]


def test_the_alias_is_what_is_called() -> None:
    document = build()
    alias = resource(document, "aws_lambda_alias")
    (function,) = document["resource"][FUNCTION]
    assert alias["function_version"] == f"${{aws_lambda_function.{function}.version}}"
    assert alias_arn(NAMING, "wine") == f"arn:aws:lambda:eu-west-1:111111111111:function:slipway-test-wine:{alias['name']}"
    assert "aws_lambda_function_url" not in document["resource"]


def test_the_model_is_fetched_and_verified() -> None:
    variables = at(resource(build(timeout=20), FUNCTION), "environment.variables")
    assert variables == {
        "MODE": "fast",
        "SAGEMAKER_CONTAINER_LOG_LEVEL": "info",
        "SAGEMAKER_MODEL_SERVER_TIMEOUT": "19",
        "SLIPWAY_MODEL_SHA256": "1" * 64,
        "SLIPWAY_MODEL_URL": "s3://models/wine/model.tar.gz",
    }
    baked = at(resource(build(replace(REFS, artifact="", artifact_sha256="")), FUNCTION), "environment.variables")
    assert not [name for name in baked if name.startswith("SLIPWAY_MODEL")]


def test_a_fixed_number_is_not_scaled() -> None:
    document = build(provisioned_concurrency={"minimum": 3})
    assert resource(document, PROVISIONED)["provisioned_concurrent_executions"] == 3
    assert "lifecycle" not in resource(document, PROVISIONED)
    assert resources(document, TARGET) == []
    assert resource(build(**SCALED), PROVISIONED)["lifecycle"] == {"ignore_changes": ["provisioned_concurrent_executions"]}
    assert resource(build(**SCALED), TARGET)["resource_id"] == "function:slipway-test-wine:live"


def test_the_role_reads_its_one_archive() -> None:
    found = granted()
    assert_exact_actions(found.values())
    assert set(found) == {"WriteLogs", "ReadVariables", "ReadModel", "DecryptModel", "Trace"}
    assert (found["ReadModel"]["Action"], found["ReadModel"]["Resource"]) == (["s3:GetObject"], "arn:aws:s3:::models/wine/model.tar.gz")
    assert (found["DecryptModel"]["Action"], found["DecryptModel"]["Resource"]) == (["kms:Decrypt"], ARTIFACTS)
    assert found["DecryptModel"]["Condition"] == {"StringEquals": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]}}
    assert found["WriteLogs"]["Resource"].endswith(":log-group:/aws/lambda/slipway-test-wine:*")


def test_what_is_not_used_is_not_granted() -> None:
    least = granted(replace(REFS, artifact="", artifact_sha256=""), tracing="PassThrough")
    assert set(least) == {"WriteLogs", "ReadVariables"}


@pytest.mark.parametrize(("arn", "action"), [(QUEUE, "sqs:SendMessage"), (TOPIC, "sns:Publish")])
def test_dead_letters_go_to_one_place(arn: str, action: str) -> None:
    assert granted(dead_letter_arn=arn)["DeadLetter"] == {
        "Sid": "DeadLetter", "Effect": "Allow", "Action": [action], "Resource": arn,
    }  # fmt: skip


def test_inside_a_vpc() -> None:
    joined = replace(REFS, subnet_ids=("subnet-1", "subnet-2"), security_group_ids=("sg-1",))
    vpc = resource(build(joined), FUNCTION)["vpc_config"]
    assert vpc == {"subnet_ids": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}
    assert "ec2:CreateNetworkInterface" in granted(joined)["NetworkInterfaces"]["Action"]
    assert "vpc_config" not in resource(build(), FUNCTION)


@pytest.mark.parametrize(("changes", "message"), [({"image": "x:latest"}, "no digest"), ({"artifact_sha256": ""}, "no SHA-256")])
def test_what_could_change_behind_its_name_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(replace(REFS, **changes))

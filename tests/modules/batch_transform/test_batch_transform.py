"""Every option of a batch transform reaches the Terraform JSON; the roles may do nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.batch_transform.construct import BatchTransform, BatchTransformRefs
from modules.batch_transform.instance_types import NAMES
from modules.batch_transform.spec import BatchTransformConfig, ScheduleSpec, job_prefix
from modules.batch_transform.state_machine import state_machine
from slipway.localaws.model import enum_values
from tests.modules.policy_documents import assert_exact_actions, statements
from tests.modules.support import all_options, at, messages, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1", {"owner": "team"})
KEY, LOGS, TOPIC_KEY, OWN = (f"arn:aws:kms:eu-west-1:111111111111:key/{number}" for number in (1, 2, 3, 4))
TOPIC = "arn:aws:sns:eu-west-1:111111111111:slipway-test-critical"
REFS = BatchTransformRefs("model-1", "data", KEY, LOGS, TOPIC, TOPIC_KEY)
LEAST: dict[str, Any] = {"hosting": {"kind": "batch_transform"}, "model": "wine"}
BOUNDARY = "arn:aws:iam::111111111111:policy/limit"
WHOLE: dict[str, Any] = {
    **LEAST,
    "transform": {
        "instance_type": "ml.c5.xlarge",
        "instance_count": 3,
        "max_concurrent_transforms": 4,
        "max_payload_in_mb": 5,
        "batch_strategy": "SingleRecord",
        "environment": {"LOG_LEVEL": "debug"},
        "transform_input": {
            "s3_uri": "s3://own/list.json",
            "s3_data_type": "ManifestFile",
            "content_type": "application/jsonlines",
            "split_type": "RecordIO",
            "compression_type": "Gzip",
            "kms_key_arn": OWN,
        },
        "transform_output": {"s3_output_path": "s3://own/out", "accept": "application/json", "assemble_with": "None", "kms_key_id": OWN},
        "data_processing": {"input_filter": "$.features", "output_filter": "$['id']", "join_source": "Input"},
        "model_client_config": {"invocations_timeout_in_seconds": 30, "invocations_max_retries": 1},
    },
    "schedule": {
        "expression": "rate(2 hours)",
        "timezone": "Europe/Dublin",
        "state": "DISABLED",
        "max_attempts": 5,
        "poll_seconds": 300,
        "timeout_in_hours": 2,
        "log_retention_in_days": 7,
        "permissions_boundary": BOUNDARY,
    },
}
IN_REQUEST = {
    "BatchTransformConfig.transform": ("TransformResources.InstanceType", "ml.c5.xlarge"),
    "TransformSettings.instance_type": ("TransformResources.InstanceType", "ml.c5.xlarge"),
    "TransformSettings.instance_count": ("TransformResources.InstanceCount", 3),
    "TransformSettings.max_concurrent_transforms": ("MaxConcurrentTransforms", 4),
    "TransformSettings.max_payload_in_mb": ("MaxPayloadInMB", 5),
    "TransformSettings.batch_strategy": ("BatchStrategy", "SingleRecord"),
    "TransformSettings.environment": ("Environment", {"LOG_LEVEL": "debug"}),
    "TransformSettings.transform_input": ("TransformInput.ContentType", "application/jsonlines"),
    "TransformSettings.transform_output": ("TransformOutput.Accept", "application/json"),
    "TransformSettings.data_processing": ("DataProcessing.JoinSource", "Input"),
    "TransformSettings.model_client_config": ("ModelClientConfig.InvocationsMaxRetries", 1),
    "TransformInput.s3_uri": ("TransformInput.DataSource.S3DataSource.S3Uri", "s3://own/list.json"),
    "TransformInput.s3_data_type": ("TransformInput.DataSource.S3DataSource.S3DataType", "ManifestFile"),
    "TransformInput.content_type": ("TransformInput.ContentType", "application/jsonlines"),
    "TransformInput.split_type": ("TransformInput.SplitType", "RecordIO"),
    "TransformInput.compression_type": ("TransformInput.CompressionType", "Gzip"),
    "TransformOutput.s3_output_path": ("TransformOutput.S3OutputPath", "s3://own/out"),
    "TransformOutput.accept": ("TransformOutput.Accept", "application/json"),
    "TransformOutput.assemble_with": ("TransformOutput.AssembleWith", "None"),
    "TransformOutput.kms_key_id": ("TransformOutput.KmsKeyId", OWN),
    "DataProcessing.input_filter": ("DataProcessing.InputFilter", "$.features"),
    "DataProcessing.output_filter": ("DataProcessing.OutputFilter", "$['id']"),
    "DataProcessing.join_source": ("DataProcessing.JoinSource", "Input"),
    "ModelClientConfig.invocations_timeout_in_seconds": ("ModelClientConfig.InvocationsTimeoutInSeconds", 30),
    "ModelClientConfig.invocations_max_retries": ("ModelClientConfig.InvocationsMaxRetries", 1),
}
SCHEDULE, MACHINE, ROLE = "aws_scheduler_schedule", "aws_sfn_state_machine", "aws_iam_role"
ELSEWHERE = {
    "BatchTransformConfig.hosting",  # a literal that chooses this module
    "BatchTransformHosting.kind",
    "BatchTransformConfig.model",  # tests/stacks/test_batch_transform_stack.py
    "TransformInput.kms_key_arn",  # tests/stacks/test_batch_transform_stack.py: the model's role may use it
    *(f"ScheduleSpec.{name}" for name in WHOLE["schedule"]),  # test_the_schedule
    "BatchTransformConfig.schedule",
}


@cache
def document(kind: str = "whole") -> dict[str, Any]:
    options = {"whole": WHOLE, "least": LEAST, "scheduled": {**LEAST, "schedule": {"expression": "cron(0 3 * * ? *)"}}}[
        kind.split("-", maxsplit=1)[0]
    ]
    refs = replace(REFS, topic_arn="", topic_kms_key_arn="") if kind.endswith("-quiet") else REFS
    spec = BatchTransformConfig.model_validate(options)
    return synth(lambda stack: BatchTransform(stack, "b", naming=NAMING, name="nightly", spec=spec, refs=refs))


def request(kind: str) -> Any:
    return json.loads(resource(document(kind), "aws_ssm_parameter")["value"])


def machine(kind: str = "whole") -> Any:
    return json.loads(resource(document(kind), MACHINE)["definition"])


def test_no_option_is_untested() -> None:
    assert untested(all_options(BatchTransformConfig), [*IN_REQUEST, *ELSEWHERE]) == []


@pytest.mark.parametrize("option", IN_REQUEST)
def test_an_option_reaches_parameter_and_state_machine(option: str) -> None:
    path, expected = IN_REQUEST[option]
    assert at(request("whole"), path) == expected != at(request("least"), path)
    assert at(machine()["States"]["Create"]["Parameters"], path) == expected


def test_the_least() -> None:
    assert request("least") == {
        "ModelName": "model-1",
        "ModelClientConfig": {"InvocationsMaxRetries": 3, "InvocationsTimeoutInSeconds": 600},
        "TransformInput": {
            "CompressionType": "None",
            "ContentType": "text/csv",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/nightly/input/"}},
            "SplitType": "Line",
        },
        "TransformOutput": {"Accept": "text/csv", "AssembleWith": "Line", "S3OutputPath": "s3://data/nightly/output/"},
        "TransformResources": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
    }
    assert resource(document("least"), "aws_ssm_parameter")["name"] == "/slipway/test/endpoints/nightly/transform"
    assert not resources(document("least"), MACHINE)


def test_the_schedule() -> None:
    schedule = resource(document(), SCHEDULE)
    assert (schedule["schedule_expression"], schedule["schedule_expression_timezone"]) == ("rate(2 hours)", "Europe/Dublin")
    assert schedule["state"] == "DISABLED" and schedule["kms_key_arn"] == KEY
    assert {role["permissions_boundary"] for role in resources(document(), ROLE)} == {BOUNDARY}
    group = resource(document(), "aws_cloudwatch_log_group")
    assert (group["name"], group["retention_in_days"], group["kms_key_id"]) == (
        "/aws/vendedlogs/states/slipway-test-nightly-batch",
        7,
        LOGS,
    )
    states = machine()["States"]
    assert states["Wait"]["Seconds"] == 300
    assert states["Ended?"]["Choices"][1]["And"][1]["NumericLessThan"] == 24
    assert states["Again?"]["Choices"][0]["NumericLessThan"] == 5
    assert {"Key": "owner", "Value": "team"} in states["Create"]["Parameters"]["Tags"]


def test_without_a_topic_nobody_is_told() -> None:
    assert machine("scheduled")["States"]["Again?"]["Default"] == "Notify"
    quiet = machine("scheduled-quiet")["States"]
    assert quiet["Again?"]["Default"] == "Failed" and "Notify" not in quiet


def test_integrations_are_those_of_the_partition() -> None:
    made = state_machine("x", ScheduleSpec(expression="rate(1 day)"), {}, {}, "arn:aws-cn:sns:cn-north-1:111111111111:t", "aws-cn")
    used = [item["Resource"] for item in made["States"].values() if item["Type"] == "Task"]
    assert used and all(arn.startswith("arn:aws-cn:states:::") for arn in used)


def test_the_roles() -> None:
    run, start = (statements(resource(document(), "aws_iam_role_policy", f"b/{kind}")["policy"]) for kind in ("run", "start"))
    assert_exact_actions([*run.values(), *start.values()])
    assert run["Jobs"]["Resource"] == ["arn:aws:sagemaker:eu-west-1:111111111111:transform-job/slipway-test-nightly-*"]
    assert run["Tell"]["Resource"] == [TOPIC] and run["UseTopicKey"]["Resource"] == [TOPIC_KEY]
    assert start["Start"]["Resource"] == ["arn:aws:states:eu-west-1:111111111111:stateMachine:slipway-test-nightly-batch"]
    trusts = {role["name"]: json.loads(role["assume_role_policy"])["Statement"][0] for role in resources(document(), ROLE)}
    assert trusts["slipway-test-batch-run-nightly"]["Condition"]["ArnEquals"]["aws:SourceArn"].endswith(
        "stateMachine:slipway-test-nightly-batch"
    )
    group = trusts["slipway-test-batch-start-nightly"]["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert group == "arn:aws:scheduler:eu-west-1:111111111111:schedule-group/default", "Scheduler names the group, never one schedule"
    schedule = "arn:aws:scheduler:eu-west-1:111111111111:schedule/default/slipway-test-nightly-batch"
    assert start["ReadInput"]["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:scheduler:schedule:arn": schedule}}
    assert "Tell" not in statements(resource(document("scheduled-quiet"), "aws_iam_role_policy", "b/run")["policy"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"transform": {"max_payload_in_mb": 60, "max_concurrent_transforms": 2}}, "above 100 MB"),
        ({"transform": {"max_payload_in_mb": 0}}, "needs transform_input.split_type: None"),
        ({"transform": {"data_processing": {"input_filter": "features"}}}, "it begins with"),
        (
            {"transform": {"data_processing": {"join_source": "Input"}, "transform_input": {"content_type": "image/png"}}},
            "CSV and JSON only",
        ),
        ({"schedule": {"expression": "rate(1 day)", "timeout_in_hours": 24, "poll_seconds": 30}}, "raise poll_seconds"),
        ({"instance_type": "ml.m5.large"}, "Extra inputs"),
    ],
)
def test_what_is_refused(options: dict[str, Any], said: str) -> None:
    (message,) = messages(BatchTransformConfig, {**LEAST, **options})
    assert said in message


def test_the_instance_types_are_those_of_the_sdk() -> None:
    assert sorted(enum_values("sagemaker", "TransformInstanceType")) == list(NAMES)


def test_names_of_jobs_fit() -> None:
    assert len(job_prefix(NAMING, "a-very-long-name-of-a-batch-transform-that-goes-on")) + 37 <= 63

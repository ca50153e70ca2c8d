"""The Terraform JSON of the pipelines: resources, roles that may do nothing else, triggers."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import pytest

from modules.training import example
from modules.training.construct import Training, TrainingRefs
from modules.training.source import source_prefix
from modules.training.spec import TrainingSpec
from tests.modules.policy_documents import assert_exact_actions, assert_no_open_principal, assert_scoped, statements
from tests.modules.support import at, resource, resources, synth
from tests.modules.training.full import FULL
from tests.modules.training.wine import KEY, NAMING, REGISTRY, wine_data

LOGS = KEY.replace("0000", "1111")
READER, APPROVER = "arn:aws:iam::222222222222:root", "arn:aws:iam::111111111111:role/lead"
FILES = {"prepare.py": b"1", "train.py": b"2", "evaluate.py": b"3"}
ROLE, POLICY, MACHINE = "aws_iam_role", "aws_iam_role_policy", "aws_sfn_state_machine"


def build(**options: Any) -> dict[str, Any]:
    data = wine_data()
    data["pipelines"]["wine"] |= options.pop("pipeline", {})
    spec = TrainingSpec.model_validate({**data, **options})
    refs = TrainingRefs(
        bucket="training-bucket",
        bucket_ready="${bucket}",
        sources={"wine": FILES},
        images={name: f"{REGISTRY}/{name}@sha256:{'a' * 64}" for name in ("training", "pandas")},
        inference_images={"wine": f"{REGISTRY}/inference@sha256:{'b' * 64}"},
        kms_key_arn=KEY,
        logs_kms_key_arn=LOGS,
        repositories=("slipway-dev-training", "slipway-dev-inference"),
        subnet_ids=("subnet-1", "subnet-2"),
        security_group_ids=("sg-1",),
        tags=NAMING.tags,
    )
    return synth(lambda stack: Training(stack, "training", naming=NAMING, spec=spec, refs=refs))


@lru_cache
def full() -> dict[str, Any]:
    return build(pipeline=FULL, email=["team@example.com"], registry={"readers": [READER], "approvers": [APPROVER]})


@lru_cache
def wine() -> dict[str, Any]:
    return build()


def policy(document: dict[str, Any], path: str) -> dict[str, dict[str, Any]]:
    return statements(resource(document, POLICY, f"training/{path}")["policy"])


def all_policies(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for body in resources(document, POLICY) for item in statements(body["policy"]).values()]


def test_a_pipeline_without_triggers_is_no_more_than_it_needs() -> None:
    kinds = {kind: len(items) for kind, items in wine()["resource"].items()}
    assert kinds == {
        "aws_iam_role": 1, "aws_iam_role_policy": 1, "aws_s3_object": 3, "aws_sagemaker_model_package_group": 1,
        "aws_sagemaker_model_package_group_policy": 1, "aws_sagemaker_pipeline": 1, "aws_sns_topic": 1, "aws_sns_topic_policy": 1,
    }  # fmt: skip


def test_the_pipeline() -> None:
    body = resource(full(), "aws_sagemaker_pipeline")
    assert body["pipeline_name"] == "slipway-dev-wine-training"
    assert body["parallelism_configuration"] == {"max_parallel_execution_steps": 2}
    assert "parallelism_configuration" not in resource(wine(), "aws_sagemaker_pipeline")
    assert body["role_arn"].startswith("arn:aws:iam::111111111111:role/${aws_iam_role_policy.training_policy_wine")
    definition = json.loads(body["pipeline_definition"])
    register = definition["Steps"][-1]["Arguments"]["IfSteps"][0]["Arguments"]
    assert register["ModelPackageGroupName"] == "slipway-dev-cultivars"
    assert register["InferenceSpecification"]["Containers"][0]["Image"] == f"{REGISTRY}/inference@sha256:{'b' * 64}"
    assert definition["Steps"][0]["Arguments"]["NetworkConfig"]["VpcConfig"] == {
        "SecurityGroupIds": ["sg-1"],
        "Subnets": ["subnet-1", "subnet-2"],
    }
    assert "VpcConfig" not in resource(wine(), "aws_sagemaker_pipeline")["pipeline_definition"]


def test_the_source_is_uploaded_under_its_content() -> None:
    found = {body["key"]: body for body in resources(wine(), "aws_s3_object")}
    prefix = source_prefix("wine", FILES)
    assert set(found) == {f"{prefix}/{name}" for name in FILES}
    for body in found.values():
        assert body["bucket"] == "${bucket}" and body["kms_key_id"] == KEY
        assert body["override_provider"] == {"default_tags": {"tags": {}}}, "an object takes ten tags"
    assert source_prefix("wine", {**FILES, "train.py": b"other"}) != prefix


def test_the_package_group_and_who_may_approve() -> None:
    group = resource(full(), "aws_sagemaker_model_package_group")
    assert group["model_package_group_name"] == "slipway-dev-cultivars"
    found = statements(resource(full(), "aws_sagemaker_model_package_group_policy")["resource_policy"])
    assert found["ReadPackages"]["Principal"] == {"AWS": ["arn:aws:iam::111111111111:root", READER]}
    assert found["ReadPackages"]["Resource"] == "arn:aws:sagemaker:eu-west-1:111111111111:model-package/slipway-dev-cultivars/*"
    assert found["ReadPackages"]["Action"] == ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], "listing acts on packages"
    assert found["ReadGroup"]["Action"] == "sagemaker:DescribeModelPackageGroup"
    assert found["OnlyApprovers"]["Effect"] == "Deny"
    assert found["OnlyApprovers"]["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": [APPROVER]}}
    assert_no_open_principal(found.values())
    plain = statements(resource(wine(), "aws_sagemaker_model_package_group_policy")["resource_policy"])
    assert set(plain) == {"ReadGroup", "ReadPackages"}


def test_two_pipelines_of_one_model_share_its_group() -> None:
    spec = example.pipeline().model_copy(update={"model": "wine"})
    assert TrainingSpec(pipelines={"wine": example.pipeline(), "weekly": spec}).model_keys() == ["wine"]


@pytest.mark.parametrize("document", [wine, full], ids=["wine", "full"])
def test_roles_may_do_exactly_what_is_named(document: Any) -> None:
    found = all_policies(document())
    assert_exact_actions(found)
    unscoped = [item for item in found if item["Resource"] == ["*"]]
    assert {item["Sid"] for item in unscoped} <= {"Token", "PutMetrics", "DescribeNetwork", "DeliverLogs", "Trace"}
    trusts = [item for body in resources(document(), ROLE) for item in statements(body["assume_role_policy"]).values()]
    assert_no_open_principal(trusts)
    assert_scoped(item for item in found if item["Sid"] not in ("DeliverLogs", "Trace"))


def test_the_jobs_role_touches_its_own_data_alone() -> None:
    found = policy(wine(), "policy_wine")
    assert found["PassItself"]["Resource"] == ["arn:aws:iam::111111111111:role/slipway-dev-training-jobs-wine"]
    assert found["PassItself"]["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    assert found["Write"]["Resource"] == ["arn:aws:s3:::training-bucket/runs/wine/*"]
    assert found["Read"]["Resource"] == ["arn:aws:s3:::training-bucket/*"]
    assert found["Register"]["Resource"][1] == "arn:aws:sagemaker:eu-west-1:111111111111:model-package/slipway-dev-wine/*"
    assert {arn.rpartition(":")[2] for arn in found["RunJobs"]["Resource"]} == {"processing-job/pipelines-*", "training-job/pipelines-*"}
    assert not {"MakeModel", "FindBest", "AttachNetworkInterfaces"} & set(found)


def test_what_steps_add_is_permitted_with_them() -> None:
    found = policy(full(), "policy_wine")
    kinds = {arn.rpartition(":")[2].partition("/")[0] for arn in found["RunJobs"]["Resource"]}
    assert kinds == {"processing-job", "training-job", "hyper-parameter-tuning-job", "transform-job"}
    tuning = "arn:aws:sagemaker:eu-west-1:111111111111:hyper-parameter-tuning-job/*"
    assert tuning in found["RunJobs"]["Resource"] and tuning in found["FindBest"]["Resource"], "its name is too short for pipelines-"
    assert found["MakeModel"]["Resource"] == ["arn:aws:sagemaker:eu-west-1:111111111111:model/pipelines-*"]
    assert found["Read"]["Resource"] == ["arn:aws:s3:::training-bucket/*", "arn:aws:s3:::elsewhere/data/*"]
    assert found["List"]["Resource"] == ["arn:aws:s3:::elsewhere", "arn:aws:s3:::training-bucket"]
    assert "arn:aws:ec2:eu-west-1:111111111111:subnet/subnet-1" in found["AttachNetworkInterfaces"]["Resource"]


def test_every_role_has_the_boundary() -> None:
    assert {body["permissions_boundary"] for body in resources(full(), ROLE)} == {"arn:aws:iam::111111111111:policy/boundary"}
    assert len(resources(full(), ROLE)) == 3
    assert "permissions_boundary" not in resource(wine(), ROLE)


def test_the_topic_is_encrypted_and_heard() -> None:
    assert resource(full(), "aws_sns_topic")["kms_master_key_id"] == KEY
    subscription = resource(full(), "aws_sns_topic_subscription")
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "team@example.com")
    assert set(statements(resource(full(), "aws_sns_topic_policy")["policy"])) == {"TlsOnly"}


def test_the_schedule_starts_the_state_machine() -> None:
    body = resource(full(), "aws_scheduler_schedule")
    assert body["schedule_expression"] == "rate(7 days)"
    assert body["schedule_expression_timezone"] == "Europe/Berlin"
    assert body["kms_key_arn"] == KEY
    assert json.loads(at(body, "target.input")) == {"parameters": [{"Name": "Count", "Value": "3"}]}
    assert at(body, "target.arn").startswith("${aws_sfn_state_machine.")
    assert at(body, "target.retry_policy.maximum_retry_attempts") == 5


def test_what_may_start_the_state_machine() -> None:
    trusted = statements(resource(full(), ROLE, "training/triggers_wine/start")["assume_role_policy"])
    sources = {sid: item["Condition"]["ArnEquals"]["aws:SourceArn"] for sid, item in trusted.items()}
    assert sources == {
        "EventBridge": "arn:aws:events:eu-west-1:111111111111:rule/slipway-dev-wine-training",
        "Scheduler": "arn:aws:scheduler:eu-west-1:111111111111:schedule-group/default",
    }


def test_the_schedules_input_is_read_by_the_role_itself() -> None:
    """Not through Scheduler: KMS sees the role, and the schedule as encryption context."""
    read = policy(full(), "triggers_wine/start_policy")["ReadInput"]
    schedule = "arn:aws:scheduler:eu-west-1:111111111111:schedule/default/slipway-dev-wine-training"
    assert read["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:scheduler:schedule:arn": schedule}}
    assert (read["Action"], read["Resource"]) == (["kms:Decrypt"], [KEY])


def test_data_that_arrives_starts_the_state_machine_with_its_address() -> None:
    rule, target = resource(full(), "aws_cloudwatch_event_rule"), resource(full(), "aws_cloudwatch_event_target")
    assert json.loads(rule["event_pattern"]) == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["training-bucket"]}, "object": {"key": [{"wildcard": "incoming/wine/*.csv"}]}},
    }
    assert at(target, "input_transformer.input_template") == '{"parameters":[{"Name":"Data","Value":"s3://<bucket>/<key>"}]}'
    assert at(target, "input_transformer.input_paths") == {"bucket": "$.detail.bucket.name", "key": "$.detail.object.key"}
    found = policy(full(), "triggers_wine/start_policy")
    assert found["Start"]["Resource"] == ["arn:aws:states:eu-west-1:111111111111:stateMachine:slipway-dev-wine-training"]


def test_one_trigger_alone() -> None:
    schedule = build(pipeline={"triggers": {"schedule": {"expression": "cron(0 3 ? * SUN *)"}}})
    assert not resources(schedule, "aws_cloudwatch_event_rule") and len(resources(schedule, "aws_scheduler_schedule")) == 1
    arrival = build(pipeline={"triggers": {"arrival": {"prefix": "incoming/", "parameter": "InputData"}}})
    assert not resources(arrival, "aws_scheduler_schedule")
    pattern = json.loads(resource(arrival, "aws_cloudwatch_event_rule")["event_pattern"])
    assert pattern["detail"]["object"]["key"] == [{"prefix": "incoming/"}]


def test_the_state_machine_is_logged_and_traced() -> None:
    body, group = resource(full(), MACHINE), resource(full(), "aws_cloudwatch_log_group")
    assert at(body, "tracing_configuration.enabled") is True
    assert at(body, "logging_configuration.level") == "ALL"
    assert (group["name"], group["kms_key_id"]) == ("/aws/vendedlogs/states/slipway-dev-wine-training", LOGS)
    assert group["retention_in_days"] == 30
    assert json.loads(body["definition"])["States"]["Wait"]["Seconds"] == 120


def test_a_pipeline_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"training\.pipelines\.wine\.condition\.threshold\.parameter: unknown parameter 'Nothing'"):
        build(pipeline={"condition": {"metric": "a", "threshold": {"parameter": "Nothing"}}})


def test_outputs() -> None:
    assert set(synth(example.build)["output"]) == {"training_pipeline_arns", "training_package_group_names", "training_topic_arn"}

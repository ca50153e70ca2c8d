"""Every option of a key reaches the Terraform JSON; every purpose has a policy that allows just that purpose."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from modules._shared.naming import Naming
from modules.kms import example
from modules.kms.construct import Key, key_policy
from modules.kms.spec import KeySpec, Purpose
from tests.modules.policy_documents import as_list, assert_exact_actions, assert_no_open_principal, statements
from tests.modules.support import all_options, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
CHINA = Naming("slipway", "test", "111111111111", "cn-north-1")
CASES: dict[str, tuple[str, Any]] = {
    "deletion_window_in_days": ("deletion_window_in_days", 9),
    "rotation_period_in_days": ("rotation_period_in_days", 180),
}
PURPOSES = get_args(Purpose)


def key(stack: Any, id: str = "key", purpose: Purpose = "artifacts", **options: Any) -> Key:
    return Key(stack, id, naming=NAMING, spec=KeySpec(**options), purpose=purpose)


@pytest.mark.parametrize("option", CASES)
def test_option_reaches_the_key(option: str) -> None:
    attribute, value = CASES[option]
    document = synth(lambda stack: key(stack, **{option: value}))
    assert resource(document, "aws_kms_key")[attribute] == value


def test_every_option_has_a_case() -> None:
    assert untested(all_options(KeySpec), {f"KeySpec.{option}" for option in CASES}) == []


def test_rotation_is_always_on_and_the_alias_points_at_the_key() -> None:
    document = synth(key)
    (logical_id,) = document["resource"]["aws_kms_key"]
    assert resource(document, "aws_kms_key")["enable_key_rotation"] is True
    alias = resource(document, "aws_kms_alias")
    assert alias["name"] == "alias/slipway-test-artifacts"
    assert alias["target_key_id"] == f"${{aws_kms_key.{logical_id}.key_id}}"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_policy_is_least_privilege(purpose: Purpose) -> None:
    found = statements(key_policy(NAMING, purpose))
    assert_exact_actions(found.values())
    assert_no_open_principal(found.values())
    administration = found.pop("AdministeredThroughIam")
    assert "kms:PutKeyPolicy" in administration["Action"], "without it AWS refuses the policy: nobody could change it"
    assert not {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"} & set(administration["Action"])
    assert found
    assert all(item["Condition"] for item in found.values()), "whatever uses the key does so under a condition"


@pytest.mark.parametrize(
    ("purpose", "services"),
    [
        ("artifacts", ["s3"]),
        ("registry", ["ecr"]),
        ("inference", ["s3", "sagemaker", "lambda", "scheduler"]),
        ("notifications", ["sns"]),
        ("api", ["lambda"]),
    ],
)
def test_use_is_bound_to_the_services_of_the_purpose(purpose: Purpose, services: list[str]) -> None:
    condition = statements(key_policy(NAMING, purpose))["UsedThroughServices"]["Condition"]
    assert condition == {"StringEquals": {"kms:ViaService": [f"{name}.eu-west-1.amazonaws.com" for name in services]}}


@pytest.mark.parametrize("purpose", ["inference", "training", "operations"])
def test_roles_of_schedules_read_their_inputs_without_a_service_between(purpose: Purpose) -> None:
    condition = statements(key_policy(NAMING, purpose))["InputsOfSchedules"]["Condition"]
    arn = "arn:aws:scheduler:eu-west-1:111111111111:schedule/*slipway-test*"
    assert condition == {"ArnLike": {"kms:EncryptionContext:aws:scheduler:schedule:arn": arn}}


@pytest.mark.parametrize("purpose", ["registry", "inference", "api"])
def test_grants_are_only_for_aws_resources(purpose: Purpose) -> None:
    assert statements(key_policy(NAMING, purpose))["GrantsForAwsResources"]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


@pytest.mark.parametrize("purpose", ["logs", "network"])
def test_log_groups_of_other_environments_cannot_use_the_key(purpose: Purpose) -> None:
    found = statements(key_policy(NAMING, purpose))
    assert set(found) == {"AdministeredThroughIam", "LogGroupsOfTheEnvironment"}
    statement = found["LogGroupsOfTheEnvironment"]
    assert statement["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    arn = "arn:aws:logs:eu-west-1:111111111111:log-group:*slipway-test*"
    assert statement["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}}


def test_the_execution_log_of_the_environments_stage_uses_the_apis_key() -> None:
    condition = statements(key_policy(NAMING, "api"))["LogGroupsOfTheEnvironment"]["Condition"]
    arn = "arn:aws:logs:eu-west-1:111111111111:log-group:API-Gateway-Execution-Logs_*/test"
    assert condition == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}}


def test_alarms_publish_only_for_the_account() -> None:
    condition = statements(key_policy(NAMING, "notifications"))["AlarmsPublish"]["Condition"]
    assert condition["StringEquals"] == {"aws:SourceAccount": "111111111111"}
    assert condition["ArnLike"] == {"aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:*"}


def test_other_partitions_have_their_own_hosts_and_arns() -> None:
    found = statements(key_policy(CHINA, "artifacts"))
    assert as_list(found["UsedThroughServices"]["Condition"]["StringEquals"]["kms:ViaService"]) == ["s3.cn-north-1.amazonaws.com.cn"]
    assert found["AdministeredThroughIam"]["Principal"] == {"AWS": "arn:aws-cn:iam::111111111111:root"}
    logs = statements(key_policy(CHINA, "logs"))["LogGroupsOfTheEnvironment"]
    assert logs["Principal"] == {"Service": "logs.cn-north-1.amazonaws.com.cn"}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_policy_fits_kms_limit(purpose: Purpose) -> None:
    long = Naming("p" * 40, "e" * 20, "111111111111", "ap-southeast-1")
    assert len(key_policy(long, purpose)) <= 32_768


def test_two_keys_do_not_clash() -> None:
    def build(stack: Any) -> None:
        key(stack, "first", "artifacts")
        key(stack, "second", "logs")

    assert len({body["name"] for body in resources(synth(build), "aws_kms_alias")}) == 2


def test_example_exports_the_key() -> None:
    assert set(synth(example.build)["output"]) == {"artifacts_key_arn", "artifacts_key_key_id", "artifacts_key_alias"}

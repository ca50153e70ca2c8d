"""Every option of the state backend reaches the Terraform JSON; state is protected in every way at once."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.state_backend import example
from modules.state_backend.construct import StateBackend
from modules.state_backend.spec import StateBackendSpec
from tests.modules.policy_documents import assert_exact_actions, assert_no_open_principal, statements
from tests.modules.support import all_options, at, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"
CASES: dict[str, tuple[Any, str, str, Any]] = {
    "bucket": ("my-state", "aws_s3_bucket", "bucket", "my-state"),
    "table": ("my-locks", "aws_dynamodb_table", "name", "my-locks"),
    "deletion_protection": (False, "aws_dynamodb_table", "deletion_protection_enabled", False),
    "noncurrent_version_expiration_days": (91, LIFECYCLE, "rule[0].noncurrent_version_expiration[0].noncurrent_days", 91),
    "abort_incomplete_multipart_upload_days": (3, LIFECYCLE, "rule[0].abort_incomplete_multipart_upload[0].days_after_initiation", 3),
    "kms_deletion_window_in_days": (8, "aws_kms_key", "deletion_window_in_days", 8),
    "kms_rotation_period_in_days": (180, "aws_kms_key", "rotation_period_in_days", 180),
    "access_logs_bucket": ("central-logs", "aws_s3_bucket_logging", "target_bucket", "central-logs"),
}
PROTECTED = ("aws_s3_bucket", "aws_kms_key", "aws_dynamodb_table")


def state(stack: Any, **options: Any) -> StateBackend:
    return StateBackend(stack, "state", naming=NAMING, spec=StateBackendSpec(**options))


@pytest.mark.parametrize("option", CASES)
def test_option_reaches_the_document(option: str) -> None:
    value, kind, path, expected = CASES[option]
    assert at(resource(synth(lambda stack: state(stack, **{option: value})), kind), path) == expected


def test_every_option_has_a_case() -> None:
    # `lock` has tests of its own below.
    assert untested(all_options(StateBackendSpec), {f"StateBackendSpec.{option}" for option in (*CASES, "lock")}) == []


@pytest.mark.parametrize(("lock", "tables"), [("both", 1), ("dynamodb", 1), ("s3", 0)])
def test_lock_table_exists_unless_only_s3_locks(lock: str, tables: int) -> None:
    def build(stack: Any) -> None:
        export(stack, "state", state(stack, lock=lock).outputs)

    document = synth(build)
    assert len(resources(document, "aws_dynamodb_table")) == tables
    assert ("state_table" in document["output"]) is bool(tables)


@pytest.mark.parametrize("kind", PROTECTED)
def test_protection_is_on_by_default(kind: str) -> None:
    body = resource(synth(state), kind)
    assert body["lifecycle"] == {"prevent_destroy": True}
    assert body.get("force_destroy", False) is False


def test_without_protection_everything_can_go() -> None:
    document = synth(lambda stack: state(stack, deletion_protection=False))
    assert all("lifecycle" not in resource(document, kind) for kind in PROTECTED)
    assert resource(document, "aws_s3_bucket")["force_destroy"] is True


def test_lock_table_is_what_terraform_expects_and_encrypted() -> None:
    document = synth(state)
    table = resource(document, "aws_dynamodb_table")
    (key_id,) = document["resource"]["aws_kms_key"]
    assert (table["hash_key"], table["attribute"]) == ("LockID", [{"name": "LockID", "type": "S"}])
    assert table["billing_mode"] == "PAY_PER_REQUEST"
    assert table["point_in_time_recovery"] == {"enabled": True}
    assert table["server_side_encryption"] == {"enabled": True, "kms_key_arn": f"${{aws_kms_key.{key_id}.arn}}"}
    assert table["deletion_protection_enabled"] is True


def test_bucket_is_versioned_encrypted_and_closed() -> None:
    document = synth(state)
    (key_id,) = document["resource"]["aws_kms_key"]
    assert at(resource(document, "aws_s3_bucket_versioning"), "versioning_configuration.status") == "Enabled"
    rule = at(resource(document, "aws_s3_bucket_server_side_encryption_configuration"), "rule[0]")
    assert at(rule, "apply_server_side_encryption_by_default.kms_master_key_id") == f"${{aws_kms_key.{key_id}.arn}}"
    assert rule["bucket_key_enabled"] is True
    assert "expiration" not in at(resource(document, LIFECYCLE), "rule[0]"), "a current state never expires"
    found = statements(resource(document, "aws_s3_bucket_policy")["policy"])
    assert {item["Effect"] for item in found.values()} == {"Deny"}
    assert found["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_key_is_used_only_through_s3_and_dynamodb() -> None:
    found = statements(resource(synth(state), "aws_kms_key")["policy"])
    assert_exact_actions(found.values())
    assert_no_open_principal(found.values())
    hosts = found["UsedThroughServices"]["Condition"]["StringEquals"]["kms:ViaService"]
    assert hosts == ["s3.eu-west-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com"]


def test_alias_is_the_one_the_backend_names() -> None:
    assert resource(synth(state), "aws_kms_alias")["name"] == "alias/slipway-test-tfstate"


def test_two_backends_do_not_clash() -> None:
    def build(stack: Any) -> None:
        for environment in ("one", "two"):
            naming = Naming("slipway", environment, "111111111111", "eu-west-1")
            StateBackend(stack, f"state_{environment}", naming=naming, spec=StateBackendSpec())

    document = synth(build)
    assert {body["bucket"] for body in resources(document, "aws_s3_bucket")} == {
        "slipway-one-tfstate-111111111111",
        "slipway-two-tfstate-111111111111",
    }


def test_example_exports_where_the_state_is() -> None:
    names = ("bucket", "bucket_arn", "kms_key_arn", "kms_key_alias", "table", "table_arn")
    assert set(synth(example.build)["output"]) == {f"state_{name}" for name in names}

"""Options of the state backend, and the backend block they give."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.state_backend.backend import backend, key_alias, state_key
from modules.state_backend.spec import StateBackendSpec
from tests.modules.support import messages

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bucket": "my-state", "table": "My_Locks.1"},
        {"lock": "dynamodb"},
        {"lock": "s3", "deletion_protection": False},
        {"noncurrent_version_expiration_days": 90, "kms_deletion_window_in_days": 7},
        {"access_logs_bucket": "central-logs"},
    ],
)
def test_taken(options: dict[str, Any]) -> None:
    assert messages(StateBackendSpec, options) == []


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({"lock": "none"}, "lock: Input should be 'both', 'dynamodb' or 's3'"),
        ({"noncurrent_version_expiration_days": 89}, "noncurrent_version_expiration_days: Input should be greater than or equal to 90"),
        ({"kms_deletion_window_in_days": 6}, "kms_deletion_window_in_days: Input should be greater than or equal to 7"),
        ({"kms_rotation_period_in_days": 30}, "kms_rotation_period_in_days: Input should be greater than or equal to 90"),
        ({"table": "a b"}, "table: String should match pattern"),
        ({"table": "ab"}, "table: String should have at least 3 characters"),
        ({"bucket": "Under_score"}, "bucket: String should match pattern"),
        ({"deletion_protection": 1}, "deletion_protection: Input should be a valid boolean"),
        ({"key": "x"}, "key: Extra inputs are not permitted"),
    ],
)
def test_refused(options: dict[str, Any], start: str) -> None:
    (message,) = messages(StateBackendSpec, options)
    assert message.startswith(start)


def test_backend_block_locks_both_ways_by_default() -> None:
    assert backend(NAMING, StateBackendSpec(), "test-shared") == {
        "bucket": "slipway-test-tfstate-111111111111",
        "key": "test-shared.tfstate",
        "region": "eu-west-1",
        "encrypt": True,
        "kms_key_id": "arn:aws:kms:eu-west-1:111111111111:alias/slipway-test-tfstate",
        "allowed_account_ids": ["111111111111"],
        "use_lockfile": True,
        "dynamodb_table": "slipway-test-tflock",
    }


@pytest.mark.parametrize(("lock", "present"), [("s3", {"use_lockfile"}), ("dynamodb", {"dynamodb_table"})])
def test_lock_mode_decides_the_locks(lock: str, present: set[str]) -> None:
    settings = backend(NAMING, StateBackendSpec(lock=lock), "test-state")
    assert {"use_lockfile", "dynamodb_table"} & set(settings) == present


def test_given_names_reach_the_backend() -> None:
    settings = backend(NAMING, StateBackendSpec(bucket="my-state", table="locks"), "test-state")
    assert (settings["bucket"], settings["dynamodb_table"]) == ("my-state", "locks")


def test_environments_share_nothing() -> None:
    other = Naming("slipway", "prod", "333333333333", "eu-west-1")
    first, second = (backend(naming, StateBackendSpec(), "x") for naming in (NAMING, other))
    assert not {str(first[key]) for key in ("bucket", "kms_key_id", "dynamodb_table")} & {
        str(second[key]) for key in ("bucket", "kms_key_id", "dynamodb_table")
    }


def test_keys_and_alias() -> None:
    assert state_key("prod-serving") == "prod-serving.tfstate"
    assert key_alias(NAMING) == "alias/slipway-test-tfstate"


def test_the_block_needs_no_toolkit() -> None:
    code = "import modules.state_backend.backend, sys; sys.exit(bool({'jsii', 'cdktf', 'boto3'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Options of the buckets: what is refused, in which words, and what is taken."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.storage.spec import AccessLogsBucketSpec, AsyncOutputBucketSpec, DataCaptureBucketSpec, ModelsBucketSpec, StorageSpec
from tests.modules.support import messages

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"models": {"force_destroy": True, "noncurrent_versions_kept": 3, "transition_to_ia_days": 30, "event_bridge": True}},
        {"data_capture": {"expiration_days": 31, "transition_to_ia_days": 30}},
        {"async_output": {"expiration_days": 1, "abort_incomplete_multipart_upload_days": 1}},
        {"access_logs": {"expiration_days": 3650, "bucket": "logs.example-1"}},
    ],
)
def test_taken(options: dict[str, Any]) -> None:
    assert messages(StorageSpec, options) == []


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({"models": {"expiration_days": 30}}, "models: Value error, the models bucket takes no expiration_days"),
        ({"models": {"purpose": "access_logs"}}, "models.purpose: Input should be 'models'"),
        ({"models": {"bucket": "Upper"}}, "models.bucket: String should match pattern"),
        ({"models": {"bucket": "ab"}}, "models.bucket: String should have at least 3 characters"),
        ({"models": {"bucket": "a..b"}}, "models.bucket: Value error, not a bucket name S3 accepts"),
        ({"models": {"bucket": "xn--abc"}}, "models.bucket: Value error, not a bucket name S3 accepts"),
        ({"models": {"bucket": "abc-s3alias"}}, "models.bucket: Value error, not a bucket name S3 accepts"),
        ({"models": {"noncurrent_versions_kept": 101}}, "models.noncurrent_versions_kept: Input should be less than or equal to 100"),
        ({"models": {"transition_to_ia_days": 29}}, "models.transition_to_ia_days: Input should be greater than or equal to 30"),
        (
            {"data_capture": {"expiration_days": 30, "transition_to_ia_days": 30}},
            "data_capture: Value error, expiration_days (30) must be greater than transition_to_ia_days (30)",
        ),
        ({"data_capture": {"expiration_days": 0}}, "data_capture.expiration_days: Input should be greater than or equal to 1"),
        ({"access_logs": {"event_bridge": True}}, "access_logs.event_bridge: Extra inputs are not permitted"),
        ({"models": {"versioning": False}}, "models.versioning: Extra inputs are not permitted"),
    ],
)
def test_refused(options: dict[str, Any], start: str) -> None:
    (message,) = messages(StorageSpec, options)
    assert message.startswith(start)


def test_a_partial_bucket_keeps_the_other_defaults() -> None:
    assert StorageSpec.model_validate({"models": {"force_destroy": True}}).models.noncurrent_version_expiration_days == 365


def test_names_differ_by_purpose_and_end_in_the_account() -> None:
    specs = [ModelsBucketSpec(), DataCaptureBucketSpec(), AsyncOutputBucketSpec(), AccessLogsBucketSpec()]
    assert [spec.bucket_name(NAMING) for spec in specs] == [
        "slipway-test-models-111111111111",
        "slipway-test-data-capture-111111111111",
        "slipway-test-async-output-111111111111",
        "slipway-test-access-logs-111111111111",
    ]
    assert ModelsBucketSpec(bucket="mine").bucket_name(NAMING) == "mine"

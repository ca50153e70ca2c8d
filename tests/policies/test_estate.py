"""What references mean."""

from __future__ import annotations

import pytest

from policies.estate import Document, Estate, blocks, is_reference

_SHARED = Document(
    "dev-shared",
    {
        "resource": {
            "aws_s3_bucket": {"models": {"bucket": "m-1"}, "nameless": {}},
            "aws_s3_bucket_policy": {"p": {"bucket": "${aws_s3_bucket.models.id}"}},
            "aws_kms_key": {"k": {}},
        },
        "output": {
            "bucket": {"value": "${aws_s3_bucket_policy.p.bucket}"},
            "arn": {"value": "${aws_kms_key.k.arn}"},
            "list": {"value": ["${aws_kms_key.k.arn}", "${aws_s3_bucket.models.id}"]},
        },
    },
)
_SERVING = Document(
    "dev-serving",
    {"data": {"terraform_remote_state": {"shared": {"config": {"key": "dev-shared.tfstate"}}, "else": {"config": {"key": "x.tfstate"}}}}},
)
_ESTATE = Estate((_SHARED, _SERVING), "dev")


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("plain", "plain"),
        ("${aws_s3_bucket.models.id}", "m-1"),
        ("s3://${aws_s3_bucket.models.bucket}/x", "s3://m-1/x"),
        ("${aws_s3_bucket_policy.p.bucket}", "m-1"),
        ("${aws_s3_bucket.nameless.id}", "<dev-shared/aws_s3_bucket.nameless>"),
        ("${aws_kms_key.k.arn}", "<dev-shared/aws_kms_key.k>"),
        ("${aws_kms_key.other.arn}", "${aws_kms_key.other.arn}"),
        ("${var.x}", "${var.x}"),
    ],
)
def test_inside_a_stack(value: str, meaning: str) -> None:
    assert _ESTATE.text(value, _SHARED) == meaning


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("${data.terraform_remote_state.shared.outputs.bucket}", "m-1"),
        ("s3://${data.terraform_remote_state.shared.outputs.bucket}/y", "s3://m-1/y"),
        ("${data.terraform_remote_state.shared.outputs.arn}", "<dev-shared/aws_kms_key.k>"),
        ("${data.terraform_remote_state.shared.outputs.list[0]}", "<dev-shared/aws_kms_key.k>"),
        ("${data.terraform_remote_state.shared.outputs.list[1]}", "m-1"),
        ("${data.terraform_remote_state.shared.outputs.list[2]}", "${data.terraform_remote_state.shared.outputs.list[2]}"),
        ("${data.terraform_remote_state.shared.outputs.none}", "${data.terraform_remote_state.shared.outputs.none}"),
        ("${data.terraform_remote_state.else.outputs.bucket}", "${data.terraform_remote_state.else.outputs.bucket}"),
    ],
)
def test_across_stacks(value: str, meaning: str) -> None:
    assert _ESTATE.text(value, _SERVING) == meaning


def test_what_is_attached_by_reference_name_or_arn() -> None:
    named = Document("dev-more", {"resource": {"aws_s3_bucket_policy": {"q": {"bucket": "m-1"}, "r": {"bucket": "arn:aws:s3:::m-1"}}}})
    estate = Estate((_SHARED, named))
    bucket = _SHARED.find("aws_s3_bucket", "models")
    assert bucket is not None
    assert {found.address for found in estate.attached(bucket, "aws_s3_bucket_policy", "bucket")} == {
        *("aws_s3_bucket_policy.p", "aws_s3_bucket_policy.q", "aws_s3_bucket_policy.r")
    }


def test_blocks_are_always_a_list() -> None:
    assert blocks({}, "x") == []
    assert blocks({"x": {"a": 1}}, "x") == [{"a": 1}]
    assert blocks({"x": [{"a": 1}, {"a": 2}]}, "x") == [{"a": 1}, {"a": 2}]
    assert blocks({"x": "text"}, "x") == []
    assert is_reference("a${b}") and not is_reference("$5") and not is_reference(3)

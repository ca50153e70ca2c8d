"""T4-T7: a state that is gone, cut off, older, foreign or not matching its digest is refused in every lock mode."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Callable
from typing import Any

import pytest

from slipway.deploy.apply import apply_stack
from slipway.deploy.guard import check_state
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from tests.deploy.support import BUCKET, TABLE, boto, rewrite, serial, store

KEY, STACK = "dev-shared.tfstate", "dev-shared"
YES = lambda _review: True  # noqa: E731
FIRST = {"shared": {"a": {"input": "one"}}}


@pytest.fixture(params=["both", "dynamodb", "s3"])
def applied(request: pytest.FixtureRequest, make_target: Callable[..., Target]) -> Target:
    """A target with two applied generations of its state."""
    target = make_target(FIRST, lock=request.param)
    apply_stack(target, STACK, YES)
    rewrite(target, STACK, request.param, a={"input": "two"})
    target.prepare()
    apply_stack(target, STACK, YES)
    return target


def refused(target: Target) -> SlipwayError:
    started = time.monotonic()
    before = [v["VersionId"] for v in boto(target.url or "", "s3").list_object_versions(Bucket=BUCKET, Prefix=KEY).get("Versions", [])]
    with pytest.raises(SlipwayError) as caught:
        apply_stack(target, STACK, YES)
    assert time.monotonic() - started < 5
    after = [v["VersionId"] for v in boto(target.url or "", "s3").list_object_versions(Bucket=BUCKET, Prefix=KEY).get("Versions", [])]
    assert before == after, "a refused run wrote a state"
    return caught.value


def restore(target: Target, error: SlipwayError) -> None:
    """Do what the message says, with boto3 in place of the AWS CLI; then a run finds nothing to change."""
    command = shlex.split(error.fix.partition("again: ")[2])
    assert command[:3] == ["aws", "s3api", "copy-object"]
    source = command[command.index("--copy-source") + 1]
    bucket, key, version = re.fullmatch(r"([^/]+)/(.+)\?versionId=(.+)", source).groups()  # type: ignore[union-attr]
    boto(target.url or "", "s3").copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": key, "VersionId": version})
    assert not apply_stack(target, STACK, YES).applied


def body(target: Target) -> bytes:
    return store(target).read(KEY) or b""


def put(target: Target, text: bytes) -> None:
    boto(target.url or "", "s3").put_object(Bucket=BUCKET, Key=KEY, Body=text)


def test_deleted_state_is_refused_and_restorable(applied: Target) -> None:
    boto(applied.url or "", "s3").delete_object(Bucket=BUCKET, Key=KEY)
    error = refused(applied)
    assert "is missing, but existed before" in error.message and "Last seen: serial" in error.message
    restore(applied, error)


def test_deleted_state_is_refused_without_a_record(applied: Target) -> None:
    s3 = boto(applied.url or "", "s3")
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    s3.delete_object(Bucket=BUCKET, Key=store(applied).record_key)
    restore(applied, refused(applied))


def test_emptied_state_is_refused_and_restorable(applied: Target) -> None:
    put(applied, b"")
    error = refused(applied)
    assert "is empty" in error.message
    restore(applied, error)


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.99])
def test_truncated_state_is_refused_and_restorable(applied: Target, fraction: float) -> None:
    text = body(applied)
    put(applied, text[: int(len(text) * fraction)])
    error = refused(applied)
    assert "cut off" in error.message
    restore(applied, error)


def test_older_state_is_refused_and_restorable(applied: Target) -> None:
    older = list(store(applied).versions(KEY))[-1][1]
    put(applied, older)
    error = refused(applied)
    assert "older than the last one seen" in error.message
    restore(applied, error)


def test_foreign_state_is_refused(applied: Target) -> None:
    state = json.loads(body(applied))
    put(applied, json.dumps({**state, "lineage": "other", "serial": state["serial"] + 5}).encode())
    assert "another stack's state" in refused(applied).message


def test_same_serial_with_other_content_is_refused(applied: Target) -> None:
    state = json.loads(body(applied))
    put(applied, json.dumps({**state, "resources": []}).encode())
    assert "other content" in refused(applied).message


def test_a_newer_state_by_another_tool_is_accepted_and_remembered(applied: Target) -> None:
    terraform = applied.terraform(STACK)
    rewrite(
        applied,
        STACK,
        "both" if store(applied).table and store(applied).lock_object else "s3" if store(applied).lock_object else "dynamodb",
        b={"input": "x"},
    )
    terraform.init()
    plan = applied.scratch / "by-hand.tfplan"
    terraform.plan(plan)
    terraform.apply(plan)
    assert not apply_stack(applied, STACK, YES).applied
    record = store(applied).record()
    assert record is not None and record.serial == serial(applied)


@pytest.mark.parametrize("digest", [None, "zzzz", "0" * 32])
def test_wrong_digest_is_refused(make_target: Callable[..., Target], digest: str | None) -> None:
    target = make_target(FIRST)
    apply_stack(target, STACK, YES)
    dynamodb, key = boto(target.url or "", "dynamodb"), {"LockID": {"S": f"{BUCKET}/{KEY}-md5"}}
    dynamodb.delete_item(TableName=TABLE, Key=key)
    if digest is not None:
        dynamodb.put_item(TableName=TABLE, Item={**key, "Digest": {"S": digest}})
    error = refused(target)
    assert "digest" in error.message


def test_missing_table_and_bucket_are_named(make_target: Callable[..., Target]) -> None:
    target = make_target(FIRST)
    apply_stack(target, STACK, YES)
    boto(target.url or "", "dynamodb").delete_table(TableName=TABLE)
    with pytest.raises(SlipwayError, match="lock table demo-lock of dev cannot be used: ResourceNotFoundException"):
        apply_stack(target, STACK, YES)


def test_fresh_stack_is_fine(make_target: Callable[..., Target]) -> None:
    target = make_target(FIRST)
    assert check_state(store(target)) is None


def test_unreadable_record_is_named(make_target: Callable[..., Target]) -> Any:
    target = make_target(FIRST)
    store(target).write(store(target).record_key, b"{")
    with pytest.raises(SlipwayError, match="own record"):
        check_state(store(target))

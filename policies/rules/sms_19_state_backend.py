"""The bucket and the table that hold the state of an environment."""

from __future__ import annotations

from collections.abc import Iterator

from policies.buckets import backend_values, denies_plain_http, encrypted, public_access_blocked, statements_on, versioned
from policies.estate import Estate, Resource, blocks, identifier
from policies.rule import NOT_APPLICABLE, Rule, Verdict, unknown, verdict
from policies.statements import Unreadable

_KEPT_DAYS = 90


def _check(resource: Resource, estate: Estate) -> Verdict:
    attribute = "bucket" if resource.type == "aws_s3_bucket" else "dynamodb_table"
    if identifier(resource) not in backend_values(estate, attribute):
        return NOT_APPLICABLE
    try:
        return verdict(_bucket(resource, estate) if attribute == "bucket" else _table(resource, estate))
    except Unreadable as error:
        return unknown(str(error))


def _bucket(bucket: Resource, estate: Estate) -> Iterator[str]:
    if not versioned(bucket, estate):
        yield "the state bucket is not versioned"
    if not public_access_blocked(bucket, estate):
        yield "the state bucket does not block public access"
    if not encrypted(bucket, estate):
        yield "the state bucket is not encrypted with a KMS key"
    if not denies_plain_http(statements_on(bucket, estate, "aws_s3_bucket_policy", "bucket")):
        yield "the state bucket does not refuse plain HTTP"
    if estate.production and not any(block.get("prevent_destroy") is True for block in bucket.blocks("lifecycle")):
        yield "the state bucket can be destroyed: no lifecycle.prevent_destroy"
    yield from _retention(bucket, estate)


def _retention(bucket: Resource, estate: Estate) -> Iterator[str]:
    for lifecycle in estate.attached(bucket, "aws_s3_bucket_lifecycle_configuration", "bucket"):
        for rule in lifecycle.blocks("rule"):
            if blocks(rule, "expiration"):
                yield "a lifecycle rule expires current states"
            for old in blocks(rule, "noncurrent_version_expiration"):
                days = old.get("noncurrent_days")
                if not isinstance(days, int) or days < _KEPT_DAYS:
                    yield f"earlier states are kept {days} days, {_KEPT_DAYS} are needed"


def _table(table: Resource, estate: Estate) -> Iterator[str]:
    types = {attribute.get("name"): attribute.get("type") for attribute in table.blocks("attribute")}
    if table.get("hash_key") != "LockID" or types.get("LockID") != "S":
        yield "the lock table's hash key is not LockID (S)"
    if table.get("billing_mode") != "PAY_PER_REQUEST":
        yield "the lock table is not PAY_PER_REQUEST"
    if not any(block.get("enabled") is True for block in table.blocks("point_in_time_recovery")):
        yield "the lock table has no point-in-time recovery"
    if not any(block.get("enabled") is True and block.get("kms_key_arn") for block in table.blocks("server_side_encryption")):
        yield "the lock table is not encrypted with a customer key"
    if estate.production and table.get("deletion_protection_enabled") is not True:
        yield "the lock table has no deletion protection"


RULE = Rule(
    id="CKV_SLIPWAY_19",
    title="Ensure the state bucket and the lock table keep, protect and encrypt every state",
    why="Who loses the state loses the platform. "
    "Protection against deletion is demanded in production only, so that others can be destroyed whole.",
    fix="use the module state_backend with deletion_protection",
    applies_to=("aws_s3_bucket", "aws_dynamodb_table"),
    check=_check,
)

"""Encryption of buckets."""

from __future__ import annotations

from policies.buckets import algorithms, encrypted, is_log_target
from policies.estate import Estate, Resource
from policies.rule import PASS, Rule, Verdict, fail


def _check(bucket: Resource, estate: Estate) -> Verdict:
    if not is_log_target(bucket, estate):
        return PASS if encrypted(bucket, estate) else fail("no default encryption with a named KMS key")
    found = algorithms(bucket, estate)
    said = ", ".join(found) or "not set"
    return PASS if found == ["AES256"] else fail(f"the log bucket's encryption is {said}; S3 delivers logs with AES256 only")


RULE = Rule(
    id="CKV_SLIPWAY_33",
    title="Ensure every bucket is encrypted with a customer key, and the log bucket with S3's own",
    why="CKV_AWS_145 asks for KMS everywhere, but S3 cannot deliver access logs to a bucket whose default is SSE-KMS: they are lost.",
    fix="aws_s3_bucket_server_side_encryption_configuration: aws:kms with kms_master_key_id, for access logs AES256",
    applies_to=("aws_s3_bucket",),
    check=_check,
)

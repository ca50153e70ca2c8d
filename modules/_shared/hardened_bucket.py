"""A bucket with everything a bucket of ours has: versions, encryption, no public access, TLS only, lifecycle.

The children hang on the calling construct, with ids `bucket`, `bucket_versioning` and so on. Blocks inside lists are
made with the bindings' classes: jsii drops the unknown snake_case keys of a plain dict there without a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from modules._shared.key_policy import Statement, document
from modules._shared.naming import Naming
from modules._shared.provider import aws, cdktf

_ENCRYPTION = "s3:x-amz-server-side-encryption"


@dataclass(frozen=True)
class Retention:
    """Days of the bucket's one lifecycle rule, counted from an object's creation or from when it became noncurrent."""

    noncurrent_days: int
    abort_days: int
    noncurrent_kept: int | None = None
    expiration_days: int | None = None
    transition_days: int | None = None


@dataclass(frozen=True)
class BucketSettings:
    """What differs between two hardened buckets. `kms_key_arn` None means SSE-S3, for access logs only."""

    name: str
    kms_key_arn: str | None
    retention: Retention
    statements: Sequence[Statement] = field(default_factory=tuple)
    force_destroy: bool = False
    prevent_destroy: bool = False
    access_logs_bucket: str | None = None
    event_bridge: bool = False


@dataclass(frozen=True)
class HardenedBucket:
    """The bucket and its policy. `policy.bucket` is the name, known once the policy is in place."""

    bucket: Any
    policy: Any


def hardened_bucket(scope: Any, naming: Naming, settings: BucketSettings) -> HardenedBucket:
    """Create the bucket and all that protects it below `scope`."""
    bucket = aws.s3_bucket.S3Bucket(
        scope,
        "bucket",
        bucket=settings.name,
        force_destroy=settings.force_destroy,
        lifecycle=cdktf.TerraformResourceLifecycle(prevent_destroy=True) if settings.prevent_destroy else None,
    )
    _versions(scope, bucket)
    _encryption(scope, bucket, settings.kms_key_arn)
    _ownership(scope, bucket)
    block = _public_access_block(scope, bucket)
    policy = aws.s3_bucket_policy.S3BucketPolicy(
        scope,
        "bucket_policy",
        bucket=bucket.id,
        policy=document([*denials(naming, settings), *settings.statements]),
        depends_on=[block],
    )
    _lifecycle(scope, bucket, settings.retention)
    if settings.access_logs_bucket is not None:
        _access_logs(scope, bucket, settings)
    if settings.event_bridge:
        aws.s3_bucket_notification.S3BucketNotification(scope, "bucket_notification", bucket=bucket.id, eventbridge=True)
    return HardenedBucket(bucket, policy)


def bucket_arn(naming: Naming, name: str, objects: str = "") -> str:
    """ARN of a bucket, or of the objects below `objects` in it (`/*`, `/models/*`)."""
    return naming.arn("s3", f"{name}{objects}", region=False, account=False)


def denials(naming: Naming, settings: BucketSettings) -> list[Statement]:
    """Refuse plain HTTP, and uploads that ask for another kind of encryption than the bucket's.

    Uploads that ask for nothing get the bucket's own. IAM reads a negated operator without its key as met, with IfExists too: hence Null.
    """
    everything = [bucket_arn(naming, settings.name), bucket_arn(naming, settings.name, "/*")]
    kind = "AES256" if settings.kms_key_arn is None else "aws:kms"
    refuse = {"Effect": "Deny", "Principal": "*"}
    return [
        {
            **refuse,
            "Sid": "TlsOnly",
            "Action": "s3:*",
            "Resource": everything,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            **refuse,
            "Sid": "OwnEncryptionOnly",
            "Action": "s3:PutObject",
            "Resource": everything[1],
            "Condition": {"Null": {_ENCRYPTION: "false"}, "StringNotEquals": {_ENCRYPTION: kind}},
        },
    ]


def _versions(scope: Any, bucket: Any) -> None:
    aws.s3_bucket_versioning.S3BucketVersioningA(
        scope, "bucket_versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}
    )


def _encryption(scope: Any, bucket: Any, kms_key_arn: str | None) -> None:
    kinds = aws.s3_bucket_server_side_encryption_configuration
    default = kinds.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
        sse_algorithm="AES256" if kms_key_arn is None else "aws:kms", kms_master_key_id=kms_key_arn
    )
    rule = kinds.S3BucketServerSideEncryptionConfigurationRuleA(
        apply_server_side_encryption_by_default=default, bucket_key_enabled=kms_key_arn is not None
    )
    aws.s3_bucket_server_side_encryption_configuration.S3BucketServerSideEncryptionConfigurationA(
        scope, "bucket_encryption", bucket=bucket.id, rule=[rule]
    )


def _ownership(scope: Any, bucket: Any) -> None:
    aws.s3_bucket_ownership_controls.S3BucketOwnershipControls(
        scope, "bucket_ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}
    )


def _public_access_block(scope: Any, bucket: Any) -> Any:
    return aws.s3_bucket_public_access_block.S3BucketPublicAccessBlock(
        scope,
        "bucket_public_access_block",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )


def _lifecycle(scope: Any, bucket: Any, days: Retention) -> None:
    kinds = aws.s3_bucket_lifecycle_configuration
    rule = kinds.S3BucketLifecycleConfigurationRule(
        id="retention",
        status="Enabled",
        filter=[kinds.S3BucketLifecycleConfigurationRuleFilter(prefix="")],
        abort_incomplete_multipart_upload=[
            kinds.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=days.abort_days)
        ],
        noncurrent_version_expiration=[
            kinds.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                noncurrent_days=days.noncurrent_days, newer_noncurrent_versions=days.noncurrent_kept
            )
        ],
        expiration=_optional(kinds.S3BucketLifecycleConfigurationRuleExpiration, days.expiration_days),
        transition=_optional(kinds.S3BucketLifecycleConfigurationRuleTransition, days.transition_days, storage_class="STANDARD_IA"),
    )
    aws.s3_bucket_lifecycle_configuration.S3BucketLifecycleConfiguration(scope, "bucket_lifecycle", bucket=bucket.id, rule=[rule])


def _optional(block: Any, days: int | None, **arguments: str) -> list[Any] | None:
    return None if days is None else [block(days=days, **arguments)]


def _access_logs(scope: Any, bucket: Any, settings: BucketSettings) -> None:
    aws.s3_bucket_logging.S3BucketLoggingA(
        scope, "bucket_logging", bucket=bucket.id, target_bucket=settings.access_logs_bucket, target_prefix=f"{settings.name}/"
    )

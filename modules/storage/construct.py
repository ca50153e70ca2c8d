"""A hardened S3 bucket for one purpose."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from modules._shared.hardened_bucket import BucketSettings, Retention, bucket_arn, hardened_bucket
from modules._shared.key_policy import Statement
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules.storage.spec import AccessLogsBucketSpec, BucketSpec, ExpiringBucketSpec

_NAME_BEGINS = 23
"""Characters that a load balancer's name, cut to 32, keeps of its beginning."""


@dataclass(frozen=True)
class BucketRefs:
    """What other modules provide. The access log bucket takes neither a key nor a log bucket.

    `load_balancer_logs`: the environment has load balancers, which write into the access log bucket too.
    """

    kms_key_arn: str | None = None
    access_logs_bucket: str | None = None
    load_balancer_logs: bool = False


@dataclass(frozen=True)
class BucketOutputs:
    """What others need of a bucket."""

    name: str = output("Name of the bucket, known once its policy is in place.")
    arn: str = output("ARN for IAM policies; objects are `<arn>/*`.")


class Bucket(Construct):
    """A bucket called `project-environment-<purpose>-account` unless the spec says otherwise."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: BucketSpec, refs: BucketRefs) -> None:
        super().__init__(scope, id)
        _check_refs(spec, refs)
        parts = hardened_bucket(self, naming, _settings(naming, spec, refs))
        self.outputs = BucketOutputs(name=parts.policy.bucket, arn=parts.bucket.arn)


def _check_refs(spec: BucketSpec, refs: BucketRefs) -> None:
    is_log_bucket = isinstance(spec, AccessLogsBucketSpec)
    if is_log_bucket and refs != BucketRefs(load_balancer_logs=refs.load_balancer_logs):
        raise ValueError("the access log bucket takes no refs: log delivery cannot use a customer managed key, and must not log itself")
    if not is_log_bucket and refs.load_balancer_logs:
        raise ValueError(f"load balancers cannot write into the {spec.purpose} bucket, which has a customer managed key")
    if not is_log_bucket and refs.kms_key_arn is None:
        raise ValueError(f"the {spec.purpose} bucket needs refs.kms_key_arn")


def _settings(naming: Naming, spec: BucketSpec, refs: BucketRefs) -> BucketSettings:
    name = spec.bucket_name(naming)
    return BucketSettings(
        name=name,
        kms_key_arn=refs.kms_key_arn,
        retention=Retention(
            noncurrent_days=spec.noncurrent_version_expiration_days,
            noncurrent_kept=spec.noncurrent_versions_kept,
            abort_days=spec.abort_incomplete_multipart_upload_days,
            transition_days=spec.transition_to_ia_days,
            expiration_days=spec.expiration_days if isinstance(spec, ExpiringBucketSpec) else None,
        ),
        statements=_deliveries(naming, name, refs) if isinstance(spec, AccessLogsBucketSpec) else [],
        force_destroy=spec.force_destroy,
        access_logs_bucket=refs.access_logs_bucket,
        event_bridge=bool(getattr(spec, "event_bridge", False)),
    )


def _deliveries(naming: Naming, name: str, refs: BucketRefs) -> list[Statement]:
    return [log_delivery(naming, name), *([load_balancer_delivery(naming, name)] if refs.load_balancer_logs else [])]


def load_balancer_delivery(naming: Naming, log_bucket: str) -> Statement:
    """The environment's load balancers, and no others, deliver their logs (ELB user guide, "Enable access logs")."""
    name = f"{naming.name()}-"[:_NAME_BEGINS]
    balancers = naming.arn("elasticloadbalancing", f"loadbalancer/app/{name}*")
    return {
        "Sid": "LoadBalancerLogDelivery",
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": bucket_arn(naming, log_bucket, f"/*/AWSLogs/{naming.account_id}/*"),
        "Condition": {"ArnLike": {"aws:SourceArn": balancers}},
    }


def log_delivery(naming: Naming, log_bucket: str) -> Statement:
    """S3 delivers access logs of the environment's buckets, and of no others, into the log bucket."""
    return {
        "Sid": "AccessLogDelivery",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": bucket_arn(naming, log_bucket, "/*"),
        "Condition": {
            "ArnLike": {"aws:SourceArn": bucket_arn(naming, f"{naming.name()}-*")},
            "StringEquals": {"aws:SourceAccount": naming.account_id},
        },
    }

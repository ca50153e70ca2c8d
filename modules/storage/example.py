"""The smallest real use of the module: a models bucket that logs into an access log bucket."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.storage.construct import Bucket, BucketRefs
from modules.storage.spec import AccessLogsBucketSpec, ModelsBucketSpec


def build(stack: Any) -> None:
    """Two buckets; the log bucket comes first because the other one names it."""
    naming = Naming("slipway", "example", "111111111111", "eu-west-1")
    logs = Bucket(
        stack, "access_logs", naming=naming, spec=AccessLogsBucketSpec(expiration_days=365, force_destroy=True), refs=BucketRefs()
    )
    refs = BucketRefs(kms_key_arn=naming.arn("kms", "key/00000000-0000-0000-0000-000000000000"), access_logs_bucket=logs.outputs.name)
    models = Bucket(stack, "models", naming=naming, spec=ModelsBucketSpec(force_destroy=True, event_bridge=True), refs=refs)
    export(stack, "models", models.outputs)

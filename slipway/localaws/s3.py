"""S3: what hardened buckets use and moto reads wrongly: conditional policies, log delivery, lifecycle, EventBridge."""

from __future__ import annotations

import base64
import json
import secrets
import time
from http import HTTPStatus
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.moto_api._internal import mock_random
from moto.s3 import notifications
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeMultipart
from moto.s3.responses import S3Response

from slipway.localaws.errors import error
from slipway.localaws.events import bus
from slipway.localaws.patches import adds, wraps

LOG_DELIVERY = "logging.s3.amazonaws.com"
_UNKNOWN_SUBRESOURCES = {"analytics", "intelligent-tiering", "metadataTable", "metrics", "requestPayment"}


@wraps(S3Response, "_bucket_response", "moto takes a sub-resource that it does not know for the bucket: DELETE ?metrics deletes the bucket")
def bucket_response(original: Any, self: Any, request: Any, full_url: str) -> Any:
    """Refuse to change what is not there. Reads stay moto's: the provider reads every sub-resource of each bucket."""
    unknown = sorted(_UNKNOWN_SUBRESOURCES & set(request.args))
    if unknown and request.method not in ("GET", "HEAD"):
        raise NotImplementedError(f"no bucket sub-resource {unknown[0]}")
    return original(self, request, full_url)


@wraps(S3Response, "_key_response", "moto denies with an empty body, so that no SDK sees AccessDenied")
def key_response(original: Any, self: Any, request: Any, full_url: str) -> Any:
    """Say AccessDenied where a bucket policy denies."""
    response = original(self, request, full_url)
    if isinstance(response, tuple) and response[0] == HTTPStatus.FORBIDDEN and not response[2]:
        return HTTPStatus.FORBIDDEN.value, {}, error("rest-xml", "AccessDenied", "Access Denied").body
    return response


@wraps(FakeBucket, "get_permission", "moto reads the condition of a Deny as met: aws:SecureTransport denies every call")
def get_permission(_original: Any, self: Any, action: str, resource: str) -> Any:
    """Evaluate the bucket policy without the statements that carry a Condition, which moto cannot decide."""
    statements = [statement for statement in _statements(self.policy) if not statement.get("Condition")]
    if not statements:
        return PermissionResult.NEUTRAL
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return IAMPolicy(policy).is_action_permitted(action, resource)


@wraps(FakeBucket, "_log_permissions_enabled_policy", 'moto fails on a statement with Principal "*", and on lists')
def log_permissions_enabled_policy(_original: Any, target_bucket: Any, target_prefix: str | None) -> bool:
    """Whether the target bucket's policy lets S3 write its logs there."""
    bucket = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}"
    wanted = {bucket, f"{bucket}/*", f"{bucket}/{target_prefix or ''}*"}
    for statement in _statements(target_bucket.policy):
        principal = statement.get("Principal")
        services = _list(principal.get("Service")) if isinstance(principal, dict) else []
        actions, resources = _list(statement.get("Action")), _list(statement.get("Resource"))
        if statement["Effect"] == "Allow" and LOG_DELIVERY in services and "s3:PutObject" in actions and wanted & set(resources):
            return True
    return False


@wraps(FakeBucket, "set_lifecycle", "moto drops NewerNoncurrentVersions: creating the configuration times out after 3 minutes")
def set_lifecycle(original: Any, self: Any, rules: list[dict[str, Any]]) -> None:
    """Keep the number of newer versions with the rule."""
    original(self, rules)
    for rule, given in zip(self.rules, rules, strict=True):
        rule.newer_noncurrent_versions = (given.get("NoncurrentVersionExpiration") or {}).get("NewerNoncurrentVersions")


@wraps(S3Response, "serialized", "moto leaves out NewerNoncurrentVersions and EventBridgeConfiguration")
def serialized(original: Any, self: Any, action_result: Any) -> Any:
    """Add what our patches keep, just before moto turns the answer into XML."""
    action = self.data.get("Action")
    if action == "GetBucketLifecycleConfiguration" and isinstance(action_result.result, dict):
        rules = self.backend.get_bucket_lifecycle(self.bucket_name)
        for rule, described in zip(rules, action_result.result["Rules"], strict=True):
            if newer := getattr(rule, "newer_noncurrent_versions", None):
                described["NoncurrentVersionExpiration"]["NewerNoncurrentVersions"] = newer
    if action == "GetBucketNotificationConfiguration" and isinstance(action_result.result, dict):
        configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if configuration is not None and configuration.event_bridge is not None:
            action_result.result["EventBridgeConfiguration"] = {}
    return original(self, action_result)


_REASONS = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject", "CompleteMultipartUpload": "CompleteMultipartUpload"}
_DELETIONS = {"Delete": "Permanently Deleted", "DeleteMarkerCreated": "Delete Marker Created"}


@wraps(notifications, "_send_event_bridge_message", "moto sends events of S3 while it holds the lock, with an invented requester")
def send_event_bridge_message(_original: Any, account_id: str, bucket: Any, event_name: Any, key: Any) -> None:
    """Publish what happened to an object of a bucket with EventBridge on (S3 user guide, "EventBridge event message structure")."""
    kind, _, reason = event_name.value.removeprefix("s3:").partition(":")
    detail: dict[str, Any] = {"version": "0", "bucket": {"name": bucket.name}, "requester": account_id, "source-ip-address": "127.0.0.1"}
    seen = {"key": key.name, "version-id": key.version_id, "sequencer": f"{time.time_ns():016X}"}
    detail |= {"object": {name: value for name, value in seen.items() if value}, "request-id": secrets.token_hex(8).upper()}
    if kind == "ObjectCreated":
        detail["object"] |= {"size": key.size, "etag": key.etag.replace('"', "")}
        detail["reason"] = _REASONS[reason]
    elif kind == "ObjectRemoved":
        detail |= {"reason": "DeleteObject", "deletion-type": _DELETIONS[reason]}
    kinds = {"ObjectCreated": "Object Created", "ObjectRemoved": "Object Deleted"}
    if kind in kinds:
        bus.publish(account_id, bucket.region_name, source="aws.s3", detail_type=kinds[kind], detail=detail, resources=[bucket.arn])


@wraps(FakeMultipart, "__init__", "moto takes upload ids from os.urandom: a replayed upload would not find its parts")
def multipart(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
    """An upload id from moto's seeded random numbers."""
    original(self, *args, **kwargs)
    self.id = base64.b32encode(mock_random.getrandbits(320).to_bytes(40, "big")).decode()


@adds(FakeDeleteMarker, "moto cannot delete the last version of a key when that is a delete marker: force_destroy fails")
def dispose(self: Any, garbage: bool = False) -> None:
    """A delete marker has no content to let go of."""


def _statements(policy: bytes | None) -> list[dict[str, Any]]:
    return _list(json.loads(policy)["Statement"]) if policy else []


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]

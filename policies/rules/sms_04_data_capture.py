"""Where captured requests and answers go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.buckets import encrypted, public_access_blocked
from policies.estate import Estate, Resource, identifier, is_reference
from policies.rule import NOT_APPLICABLE, Rule, Verdict, unknown, verdict


def _check(config: Resource, estate: Estate) -> Verdict:
    captures = [capture for capture in config.blocks("data_capture_config") if capture.get("enable_capture") is not False]
    if not captures:
        return NOT_APPLICABLE
    capture = captures[0]
    destination = estate.text(capture.get("destination_s3_uri"), config.document)
    if is_reference(destination):
        return unknown(f"destination_s3_uri is {destination}")
    return verdict(_problems(capture, destination, estate))


def _problems(capture: Mapping[str, Any], destination: str, estate: Estate) -> Iterator[str]:
    if not capture.get("kms_key_id"):
        yield "data_capture_config has no kms_key_id"
    name = destination.removeprefix("s3://").split("/")[0]
    bucket = next((found for found in estate.resources("aws_s3_bucket") if identifier(found) == name), None)
    if bucket is None:
        yield f"{destination} is no bucket of this environment"
        return
    if not public_access_blocked(bucket, estate):
        yield f"{bucket.address} does not block public access"
    if not encrypted(bucket, estate):
        yield f"{bucket.address} is not encrypted with a KMS key"


RULE = Rule(
    id="CKV_SLIPWAY_4",
    title="Ensure captured data is encrypted and stays in a protected bucket of the environment",
    why="Captured requests are the users' data. No built-in check reads data_capture_config.",
    fix="data_capture_config.kms_key_id, and a destination bucket with public access block and SSE-KMS",
    applies_to=("aws_sagemaker_endpoint_configuration",),
    check=_check,
)

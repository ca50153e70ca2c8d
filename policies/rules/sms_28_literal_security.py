"""Values that scanners must be able to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.buckets import BLOCKS
from policies.estate import Estate, Resource, blocks, is_reference
from policies.rule import Rule, Verdict, fail, verdict

WATCHED = {
    "aws_api_gateway_domain_name": ("security_policy",),
    "aws_api_gateway_method": ("api_key_required", "authorization"),
    "aws_api_gateway_method_settings": ("settings.data_trace_enabled",),
    "aws_dynamodb_table": ("deletion_protection_enabled", "point_in_time_recovery.enabled", "server_side_encryption.enabled"),
    "aws_ecr_repository": (
        "image_tag_mutability",
        "image_scanning_configuration.scan_on_push",
        "encryption_configuration.encryption_type",
    ),
    "aws_kms_key": ("enable_key_rotation", "is_enabled", "deletion_window_in_days"),
    "aws_s3_bucket_ownership_controls": ("rule.object_ownership",),
    "aws_s3_bucket_public_access_block": BLOCKS,
    "aws_s3_bucket_server_side_encryption_configuration": ("rule.apply_server_side_encryption_by_default.sse_algorithm",),
    "aws_s3_bucket_versioning": ("versioning_configuration.status",),
    "aws_sagemaker_endpoint_configuration": ("data_capture_config.enable_capture",),
    "aws_sagemaker_model": ("enable_network_isolation",),
    "aws_subnet": ("map_public_ip_on_launch",),
    "aws_vpc_endpoint": ("private_dns_enabled",),
    "aws_vpc_security_group_egress_rule": ("ip_protocol", "from_port", "to_port", "cidr_ipv4", "cidr_ipv6"),
    "aws_vpc_security_group_ingress_rule": ("ip_protocol", "from_port", "to_port", "cidr_ipv4", "cidr_ipv6"),
}
"""Type -> attributes that decide about security, as paths through nested blocks."""


def _check(resource: Resource, _: Estate) -> Verdict:
    found = ((path, value) for path in WATCHED[resource.type] for value in _values(resource.body, path.split(".")))
    references = [f"{path} is {value}" for path, value in found if is_reference(value)]
    return fail("; ".join(references)) if references else verdict(())


def _values(body: Any, path: list[str]) -> Iterator[Any]:
    if len(path) == 1:
        yield body.get(path[0])
        return
    for block in blocks(body, path[0]):
        yield from _values(block, path[1:])


RULE = Rule(
    id="CKV_SLIPWAY_28",
    title="Ensure attributes that decide about security are literals",
    why="checkov's Python checks leave no record at all, neither pass nor fail, for a value like ${var.x} or ${local.x}.",
    fix="let Python decide, and write the value",
    applies_to=tuple(WATCHED),
    check=_check,
    alone=True,
)

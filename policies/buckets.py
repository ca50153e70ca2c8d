"""What protects a bucket, found in the resources that are attached to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.estate import Estate, Resource, blocks, identifier
from policies.statements import Statement, Unreadable, read

BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
"""The four switches of a public access block."""
TOPIC_ACTIONS = frozenset(
    f"sns:{name}"
    for name in (
        "addpermission",
        "deletetopic",
        "gettopicattributes",
        "listsubscriptionsbytopic",
        "publish",
        "removepermission",
        "settopicattributes",
        "subscribe",
    )
)
"""All that a topic policy may name: SNS refuses `sns:*` there."""


def public_access_blocked(bucket: Resource, estate: Estate) -> bool:
    """Whether all four switches are literally on."""
    found = estate.attached(bucket, "aws_s3_bucket_public_access_block", "bucket")
    return any(all(block.get(name) is True for name in BLOCKS) for block in found)


def encrypted(bucket: Resource, estate: Estate) -> bool:
    """Whether new objects are encrypted with a KMS key that is named."""
    with_key = [default for default in _defaults(bucket, estate) if default.get("kms_master_key_id")]
    return any(default.get("sse_algorithm") in ("aws:kms", "aws:kms:dsse") for default in with_key)


def algorithms(bucket: Resource, estate: Estate) -> list[str]:
    """The algorithms of the bucket's default encryption."""
    return [str(default.get("sse_algorithm")) for default in _defaults(bucket, estate)]


def _defaults(bucket: Resource, estate: Estate) -> Iterator[Mapping[str, Any]]:
    for found in estate.attached(bucket, "aws_s3_bucket_server_side_encryption_configuration", "bucket"):
        for rule in found.blocks("rule"):
            yield from blocks(rule, "apply_server_side_encryption_by_default")


def is_log_target(bucket: Resource, estate: Estate) -> bool:
    """Whether S3 writes access logs into this bucket: another one names it, or its policy lets the log service in."""
    if estate.attached(bucket, "aws_s3_bucket_logging", "target_bucket"):
        return True
    try:
        statements = statements_on(bucket, estate, "aws_s3_bucket_policy", "bucket")
    except Unreadable:
        return False
    return any(s.allows and ("Service", "logging.s3.amazonaws.com") in s.principals for s in statements)


def backend_values(estate: Estate, attribute: str) -> set[str]:
    """What the stacks' S3 backends say for `attribute`, such as `bucket`."""
    backends = [settings for document in estate.resources("terraform") for b in document.blocks("backend") for settings in blocks(b, "s3")]
    return {str(settings[attribute]) for settings in backends if settings.get(attribute)}


def is_state_bucket(bucket: Resource, estate: Estate) -> bool:
    """Whether a stack keeps its state in this bucket."""
    return identifier(bucket) in backend_values(estate, "bucket")


def versioned(bucket: Resource, estate: Estate) -> bool:
    """Whether versioning is literally on."""
    found = estate.attached(bucket, "aws_s3_bucket_versioning", "bucket")
    return any(config.get("status") == "Enabled" for item in found for config in item.blocks("versioning_configuration"))


def statements_on(resource: Resource, estate: Estate, kind: str, attribute: str) -> list[Statement]:
    """Statements of the resource's own policy and of the policies attached to it. Raises `Unreadable`."""
    sources = [resource, *estate.attached(resource, kind, attribute)]
    return [s for source in sources if source.get("policy") is not None for s in read(source.get("policy"), source.document)]


def denies_plain_http(statements: list[Statement]) -> bool:
    """Whether everybody is refused any action without TLS."""
    return any(
        statement.effect == "Deny"
        and any(name == "*" for _, name in statement.principals)
        and _every_action(statement)
        and any(
            operator == "Bool" and key == "aws:securetransport" and values == ("false",) for operator, key, values in statement.conditions
        )
        for statement in statements
    )


def _every_action(statement: Statement) -> bool:
    whole = any(action == "*" or action.endswith(":*") for action in statement.actions)
    return whole or {action.lower() for action in statement.actions} >= TOPIC_ACTIONS

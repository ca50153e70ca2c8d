"""The S3 backend block of a stack. Pure: loads no toolkit."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules.state_backend.spec import StateBackendSpec


def key_alias(naming: Naming) -> str:
    """Alias of the state key, with its `alias/` prefix."""
    return f"alias/{naming.name('tfstate')}"


def state_key(stack_name: str) -> str:
    """The object key of a stack's state."""
    return f"{stack_name}.tfstate"


def backend(naming: Naming, spec: StateBackendSpec, stack_name: str) -> dict[str, Any]:
    """Arguments of `terraform.backend.s3` for a stack; all literals.

    `kms_key_id` is an alias ARN (Terraform 1.6.1 and later), because the key's id is known only after the state stack's
    first apply. `encrypt` without it would ask for SSE-S3 and so bypass the bucket's default key.
    """
    settings: dict[str, Any] = {
        "bucket": spec.bucket_name(naming),
        "key": state_key(stack_name),
        "region": naming.region,
        "encrypt": True,
        "kms_key_id": naming.arn("kms", key_alias(naming)),
        "allowed_account_ids": [naming.account_id],
    }
    if spec.lock in ("both", "s3"):
        settings["use_lockfile"] = True
    table = spec.table_name(naming)
    if table is not None:
        settings["dynamodb_table"] = table
    return settings

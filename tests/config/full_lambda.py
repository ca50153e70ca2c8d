"""An endpoint that is a Lambda function, with every option."""

from __future__ import annotations

from typing import Any


def function() -> dict[str, Any]:
    """A fresh copy."""
    return {
        "hosting": {
            "kind": "lambda",
            "memory_size": 4096,
            "timeout": 60,
            "ephemeral_storage": 2048,
            "architecture": "x86_64",
            "reserved_concurrent_executions": 20,
            "provisioned_concurrency": {"minimum": 2, "maximum": 8, "target_utilization": 0.5},
            "tracing": "PassThrough",
            "dead_letter_arn": "arn:aws:sqs:eu-west-1:123456789012:dead",
            "log_level": "warning",
            "log_retention_in_days": 90,
            "permissions_boundary": "arn:aws:iam::123456789012:policy/limit",
        },
        "model": "wine",
    }

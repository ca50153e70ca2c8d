"""An endpoint of kind batch_transform with every option."""

from __future__ import annotations

from typing import Any

KEY = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"


def batch_transform() -> dict[str, Any]:
    """A fresh copy."""
    return {
        "hosting": {"kind": "batch_transform"},
        "model": "wine",
        "transform": {
            "instance_type": "ml.c5.xlarge",
            "instance_count": 2,
            "max_concurrent_transforms": 4,
            "max_payload_in_mb": 6,
            "batch_strategy": "MultiRecord",
            "environment": {"LOG_LEVEL": "info"},
            "transform_input": {
                "s3_uri": "s3://acme-data/in/",
                "s3_data_type": "S3Prefix",
                "content_type": "text/csv",
                "split_type": "Line",
                "compression_type": "Gzip",
                "kms_key_arn": KEY,
            },
            "transform_output": {"s3_output_path": "s3://acme-data/out/", "accept": "text/csv", "assemble_with": "Line", "kms_key_id": KEY},
            "data_processing": {"input_filter": "$[1:]", "output_filter": "$[0,-1]", "join_source": "Input"},
            "model_client_config": {"invocations_timeout_in_seconds": 60, "invocations_max_retries": 1},
        },
        "schedule": {
            "expression": "cron(0 3 * * ? *)",
            "timezone": "Europe/Berlin",
            "state": "ENABLED",
            "max_attempts": 3,
            "poll_seconds": 300,
            "timeout_in_hours": 12,
            "log_retention_in_days": 90,
            "permissions_boundary": "arn:aws:iam::123456789012:policy/boundary",
        },
    }

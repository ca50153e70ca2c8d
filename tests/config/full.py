"""One valid environment that uses every part of the configuration: what the mutations start from."""

from __future__ import annotations

import copy
from typing import Any

TRACKING = {
    "kind": "target_tracking",
    "name": "load",
    "metric": "SageMakerVariantInvocationsPerInstance",
    "target_value": 700,
    "scale_in_cooldown": 300,
    "disable_scale_in": False,
}
STEP = {
    "kind": "step",
    "name": "surge",
    "cooldown": 60,
    "steps": [{"metric_interval_lower_bound": 0, "scaling_adjustment": 2}],
    "alarm": {"metric_name": "CPUUtilization", "threshold": 150, "period": 60, "evaluation_periods": 2},
}
SCHEDULED = {
    "kind": "scheduled",
    "name": "morning",
    "schedule": "cron(0 7 ? * MON-FRI *)",
    "timezone": "Europe/Berlin",
    "min_capacity": 4,
    "max_capacity": 8,
}


def _variant(name: str, **more: Any) -> dict[str, Any]:
    return {"variant_name": name, "model": "wine", "instance_type": "ml.m5.large", "initial_instance_count": 2, **more}


def full() -> dict[str, Any]:
    """A fresh copy."""
    return {
        "account_id": "123456789012",
        "project": "acme",
        "region": "eu-west-1",
        "tags": {"owner": "ml-platform"},
        "provider": {"version": ">= 5.100.0, < 7.0.0"},
        "state": {"lock": "both", "deletion_protection": True, "noncurrent_version_expiration_days": 365, "table": "locks"},
        "kms": {"deletion_window_in_days": 30},
        "registries": {"inference": {"force_delete": False, "repository": "acme/inference"}},
        "storage": {"models": {"force_destroy": False}, "data_capture": {"expiration_days": 30, "bucket": "acme-capture-bucket"}},
        "models": {
            "wine": {"container": {"image": "inference", "environment": {"WORKERS": "2"}, "model_data": "compressed"}},
            "chain": {
                "kind": "pipeline",
                "containers": [{"name": "first", "image": "inference"}, {"name": "second", "image": "inference"}],
                "execution_role": {"role_arn": "arn:aws:iam::123456789012:role/existing"},
            },
            "many": {"kind": "multi_model", "container": {"image": "inference", "model_cache_setting": "Enabled"}},
            "cold": {
                "enable_network_isolation": False,
                "container": {"image": "inference"},
                "execution_role": {"permissions_boundary": "arn:aws:iam::123456789012:policy/limit"},
            },
            "private": {
                "container": {"image": "inference"},
                "vpc_config": {"subnets": ["subnet-0a1", "subnet-0b2"], "security_group_ids": ["sg-0c3"]},
            },
        },
        "endpoints": _endpoints(),
        "access": {
            "deploy_principals": ["arn:aws:iam::123456789012:role/deployer"],
            "read_only_principals": ["arn:aws:iam::123456789012:root"],
            "github": {"repository": "acme/platform", "deploy_subjects": ["environment:prod"]},
        },
        "acknowledgements": [
            {"rule": "CKV_AWS_144", "resource": "aws_s3_bucket.*", "reason": "one region is enough here", "expires": "2027-06-30"}
        ],
    }


def _endpoints() -> dict[str, Any]:
    return {
        "wine": {
            "hosting": {"kind": "instances"},
            "variants": [_variant("main", initial_variant_weight=3, volume_size_in_gb=30), _variant("next", initial_variant_weight=1)],
            "data_capture": {"sampling_percentage": 20, "capture_modes": ["Input", "Output"]},
            "rollout": {"kind": "canary", "canary_size": {"kind": "CAPACITY_PERCENT", "value": 10}, "wait_interval_in_seconds": 600},
            "alarms": {"model_latency": {"threshold": 500000, "period": 60, "evaluation_periods": 3}},
            "log_retention_in_days": 90,
            "autoscaling": {"main": {"min_capacity": 2, "max_capacity": 8, "policies": copy.deepcopy([TRACKING, STEP, SCHEDULED])}},
        },
        "quiet": {
            "hosting": {"kind": "serverless"},
            "variants": [
                {
                    "variant_name": "main",
                    "model": "cold",
                    "memory_size_in_mb": 2048,
                    "max_concurrency": 20,
                    "provisioned_concurrency": 2,
                }
            ],
        },
        "batch": {
            "hosting": {"kind": "asynchronous", "max_concurrent_invocations_per_instance": 4},
            "variants": [_variant("main", model="many")],
        },
    }

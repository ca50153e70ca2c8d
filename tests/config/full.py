"""One valid environment that uses every part of the configuration: what the mutations start from."""

from __future__ import annotations

import copy
from typing import Any

from tests.config.full_batch_transform import batch_transform
from tests.config.full_delivery import delivery
from tests.config.full_fargate import tasks
from tests.config.full_lambda import function
from tests.config.full_operations import operations
from tests.config.full_training import training

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
        "registries": {"inference": {"force_delete": False, "repository": "acme/inference"}, "other": {}},
        "storage": {"models": {"force_destroy": False}, "data_capture": {"expiration_days": 30, "bucket": "acme-capture-bucket"}},
        "models": {
            "wine": {"container": {"image": "inference", "environment": {"WORKERS": "2"}, "model_data": "compressed"}},
            "text": {"container": {"image": {"framework": "pytorch", "version": "2.6", "python": "py312", "accelerator": "gpu"}}},
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
            "joined": {"container": {"image": "inference"}, "network": "private"},
        },
        "endpoints": _endpoints(),
        "network": _network(),
        "api": _api(),
        "operations": operations(),
        "delivery": delivery(),
        "training": training(),
        "load_test": {
            "target": {"kind": "endpoint", "name": "wine", "target_variant": "next"},
            "case_file": "cases.yaml",
            "cases": ["ping"],
            "clients": 4,
            "interval_in_seconds": 2,
            "duration_in_seconds": 120,
            "max_concurrent_requests": 20,
            "request_timeout_in_seconds": 30,
            "runtime": "python3.12",
            "architecture": "x86_64",
            "memory_size": 1024,
            "reserved_concurrent_executions": 20,
            "tracing": "PassThrough",
            "log_retention_in_days": 90,
            "permissions_boundary": "arn:aws:iam::123456789012:policy/limit",
            "dashboard": False,
        },
        "access": {
            "deploy_principals": ["arn:aws:iam::123456789012:role/deployer", "arn:aws:iam::123456789012:root"],
            "read_only_principals": ["arn:aws:iam::123456789012:root"],
            "github": {"repository": "acme/platform", "deploy_subjects": ["environment:prod"]},
            "gitlab": {"project": "acme/platform", "deploy_refs": ["branch:main"], "merge_requests_plan": True},
        },
        "notifications": {
            "critical": {
                "email": ["oncall@acme.com"],
                "https": [{"endpoint": "https://oncall.acme.com/sns", "raw_message_delivery": True}],
            },
            "warning": {"email": ["team@acme.com"]},
        },
        "observability": {
            "alarms": {
                "instances": {"cpu_utilization": {"period": 60, "severity": "critical"}, "no_invocations": {"evaluation_periods": 48}},
                "endpoints": {"quiet": {"kind": "serverless", "overhead_latency": {"extended_statistic": "p90"}}},
                "function": {"errors": {"threshold": 5}},
                "services": {
                    "cpu_utilization": {"threshold": 70.5},
                    "memory_utilization": {"period": 120, "datapoints_to_alarm": 2},
                    "running_tasks": {"threshold": 2, "evaluation_periods": 20, "treat_missing_data": "notBreaching"},
                    "autoscaling_at_max": {"datapoints_to_alarm": 10},
                },
                "state_lock": {"held": {"threshold": 7200}},
            },
            "dashboard": {"period": 300, "percentiles": ["p50", "p99"]},
            "queries": {"slow_milliseconds": 500, "custom": {"mine": {"log_groups": ["/aws/lambda/x"], "query": "fields @message"}}},
        },
        "acknowledgements": [
            {"rule": "CKV_AWS_144", "resource": "aws_s3_bucket.*", "reason": "one region is enough here", "expires": "2027-06-30"}
        ],
    }


def _network() -> dict[str, Any]:
    return {
        "kind": "create",
        "cidr": "10.8.0.0/16",
        "availability_zones": ["eu-west-1a", "eu-west-1b"],
        "private_subnets": ["10.8.0.0/20", "10.8.16.0/20"],
        "public_subnets": ["10.8.240.0/28", "10.8.240.16/28"],
        "nat": "per_az",
        "interface_endpoints": ["logs", "ecr.api", "ecr.dkr"],
        "private_dns_enabled": True,
        "endpoint_client_cidrs": ["192.168.0.0/16"],
        "s3_read_buckets": ["arn:aws:s3:::weights-of-others"],
        "egress": [{"cidr": "192.168.7.0/24", "port": 5432, "description": "feature store"}],
        "vpn": {"customer_gateway_ip": "8.8.8.8", "bgp_asn": 65010, "amazon_side_asn": 64600, "static_routes": ["192.168.0.0/16"]},
        "flow_logs": {
            "traffic_type": "ALL",
            "max_aggregation_interval": 600,
            "retention_in_days": 365,
            "permissions_boundary": "arn:aws:iam::123456789012:policy/limit",
        },
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
        "light": function(),
        "nightly": batch_transform(),
        "tasks": tasks(),
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


def _api() -> dict[str, Any]:
    return {
        "endpoints": {
            "wine": {
                "path": "/v1/wine",
                "method": "PUT",
                "content_types": ["application/json"],
                "max_request_bytes": 100000,
                "request_schema": {"type": "object", "required": ["instances"]},
                "request_headers": ["X-Amzn-SageMaker-Inference-Id"],
                "throttle": {"throttling_rate_limit": 5, "throttling_burst_limit": 10},
            },
            "quiet": {"response_stream": True},
            "batch": {},
        },
        "authorization": {
            "kind": "api_key",
            "usage_plans": {
                "gold": {"keys": ["partner"], "rate_limit": 10, "burst_limit": 20, "quota": {"limit": 1000, "period": "WEEK", "offset": 3}}
            },
        },
        "function": {
            "runtime": "python3.12",
            "architecture": "x86_64",
            "memory_size": 1024,
            "timeout": 20,
            "reserved_concurrent_executions": 10,
            "tracing": "PassThrough",
            "permissions_boundary": "arn:aws:iam::123456789012:policy/limit",
            "log_level": "ERROR",
            "log_retention_in_days": 30,
            "network": "private",
        },
        "throttle": {"throttling_rate_limit": 50, "throttling_burst_limit": 60},
        "logging": {"log_retention_in_days": 30, "execution_level": "INFO", "metrics_enabled": False, "create_account_role": False},
        "xray_tracing_enabled": False,
        "binary_media_types": ["image/png"],
        "minimum_compression_size": 1024,
        "cors": {"allow_origin": "https://acme.com", "allow_headers": ["Content-Type"], "max_age": 60},
        "waf": {"managed_rule_groups": ["AWSManagedRulesSQLiRuleSet"], "rate_limit": 100},
        "domain": {
            "domain_name": "api.acme.com",
            "regional_certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
            "security_policy": "TLS_1_2",
            "base_path": "v1",
            "disable_execute_api_endpoint": False,
        },
        "canary": {"percent_traffic": 5, "target_variants": {"wine": "next"}},
    }

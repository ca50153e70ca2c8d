"""What is right and looks unusual: no policy may object."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.policies import planted_api, planted_observability
from tests.policies.planted import (
    ALARM,
    CONFIG,
    ENDPOINT,
    KEY,
    MODEL,
    ROLE,
    ROLE_POLICY,
    TARGET,
    Change,
    add,
    both,
    drop,
    gone,
    grant,
    put,
    trust,
)
from tests.policies.planted_network import EGRESS, joined
from tests.policies.platform import ARN, Documents, platform, policy
from tests.scan.support import rules_found, scan_documents

_GITHUB = "token.actions.githubusercontent.com"
_TRUST_GITHUB = {
    "Principal": {"Federated": f"{ARN}:oidc-provider/{_GITHUB}"},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {"StringEquals": {f"{_GITHUB}:aud": "sts.amazonaws.com", f"{_GITHUB}:sub": "repo:owner/name:environment:prod"}},
}
_PASS_OWN = {
    "Action": "iam:PassRole",
    "Resource": f"{ARN}:role/slipway-prod-model-*",
    "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
}
_ROLLING = {
    "maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": 25},
    "wait_interval_in_seconds": 300,
    "maximum_execution_timeout_in_seconds": 3600,
}
_SERVERLESS = {"variant_name": "main", "serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5}}


def _one_variant(documents: Documents) -> None:
    config = documents["prod-serving"]["resource"]["aws_sagemaker_endpoint_configuration"]["wine_config"]
    config["production_variants"] = config["production_variants"][:1]
    rollback = documents["prod-serving"]["resource"]["aws_sagemaker_endpoint"]["wine"]["deployment_config"]["auto_rollback_configuration"]
    rollback["alarms"] = rollback["alarms"][:1]


def _read_from_data(documents: Documents) -> None:
    statement = {"effect": "Allow", "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::slipway-prod-models/*"]}
    documents["prod-shared"]["data"] = {"aws_iam_policy_document": {"read": {"statement": [statement]}}}
    put(ROLE_POLICY, "policy", "${data.aws_iam_policy_document.read.json}")(documents)


GOOD: dict[str, Change] = {
    "one variant": both(_one_variant, gone(TARGET), gone(ALARM), gone("aws_appautoscaling_policy.next_policy")),
    "blocks as lists": lambda documents: [
        put(MODEL, n, [documents["prod-serving"]["resource"]["aws_sagemaker_model"]["wine_model"][n]])(documents)
        for n in ("primary_container", "lifecycle")
    ],
    "serverless": both(
        put(CONFIG, "production_variants", [_SERVERLESS]),
        drop(CONFIG, "kms_key_arn"),
        drop(ENDPOINT, "deployment_config"),
        *(gone(f"aws_appautoscaling_{kind}.{name}_{kind}") for kind in ("target", "policy") for name in ("main", "next")),
    ),
    "asynchronous, down to zero": both(
        put(CONFIG, "async_inference_config", {"output_config": {"s3_output_path": "s3://x/"}}),
        put(CONFIG, "production_variants.0.initial_instance_count", 1),
        put(TARGET, "min_capacity", 0),
    ),
    "local disks without key": both(
        put(CONFIG, "production_variants.0.instance_type", "ml.m5d.large"),
        put(CONFIG, "production_variants.1.instance_type", "ml.m5d.large"),
        drop(CONFIG, "kms_key_arn"),
    ),
    "rolling": both(
        drop(ENDPOINT, "deployment_config.blue_green_update_policy"), put(ENDPOINT, "deployment_config.rolling_update_policy", _ROLLING)
    ),
    "a schedule instead of a policy": both(
        gone("aws_appautoscaling_policy.next_policy"),
        add(
            "prod-serving",
            "aws_appautoscaling_scheduled_action.night",
            {"name": "night", "resource_id": "endpoint/slipway-prod-wine/variant/next", "schedule": "cron(0 1 * * ? *)"},
        ),
    ),
    "no capture": put(CONFIG, "data_capture_config", []),
    "in the environment's own VPC": joined,
    "egress by name": both(joined, put(EGRESS, "cidr_ipv4", "0.0.0.0/0")),
    "isolated, and in a VPC": put(MODEL, "vpc_config", {"subnets": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}),
    "multi-model": both(
        put(MODEL, "primary_container.mode", "MultiModel"),
        put(MODEL, "primary_container.model_data_url", "https://b.s3.amazonaws.com/models/"),
    ),
    "two containers": both(drop(MODEL, "primary_container"), put(MODEL, "container", [{"image": "x@sha256:" + "c" * 64}] * 2)),
    "a model package": put(
        MODEL, "primary_container", {"model_package_name": "arn:aws:sagemaker:eu-west-1:333333333333:model-package/x/1"}
    ),
    "a secret's ARN": put(
        MODEL, "primary_container.environment", {"DB_PASSWORD": "arn:aws:secretsmanager:eu-west-1:1:secret:x", "TOKENIZERS": "1"}
    ),
    "GitHub by subject": trust(_TRUST_GITHUB),
    "own roles by prefix": grant(_PASS_OWN),
    "a data document": _read_from_data,
    "an inline policy": put(
        ROLE,
        "inline_policy",
        [{"name": "x", "policy": policy({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:::q"})}],
    ),
    "the account may do all with its key": put(
        KEY, "policy", policy({"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": f"{ARN}:root"}, "Action": "kms:*", "Resource": "*"})
    ),
    **planted_api.GOOD,
    **planted_observability.GOOD,
}


@pytest.mark.parametrize("name", GOOD)
def test_nothing_is_found(name: str, tmp_path: Path) -> None:
    documents = platform()
    GOOD[name](documents)
    report = scan_documents(tmp_path, documents)
    assert not rules_found(report), [(finding.rule, finding.resource, finding.reason) for finding in report.findings]
    assert not report.problems


def test_what_development_may_do(tmp_path: Path) -> None:
    documents = platform()
    both(
        put("aws_s3_bucket.tfstate", "lifecycle", {}),
        put("aws_dynamodb_table.lock", "deletion_protection_enabled", False),
        put(KEY, "deletion_window_in_days", 7),
        put(CONFIG, "production_variants.0.initial_instance_count", 1),
    )(documents)
    for content in documents.values():
        content["provider"]["aws"][0]["default_tags"][0]["tags"]["environment"] = "dev"
    named = {stack.replace("prod", "dev"): content for stack, content in documents.items()}
    named["dev-serving"]["data"]["terraform_remote_state"]["shared"]["config"]["key"] = "dev-shared.tfstate"
    assert not rules_found(scan_documents(tmp_path, named, environment="dev"))

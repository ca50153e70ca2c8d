"""A hand-written Terraform document that uses every kind of resource of the serving platform, on literal names.

Written without the modules on purpose: it tests the local AWS under the real provider, whatever the modules do.
"""

from __future__ import annotations

import json
from typing import Any

from tests.localaws.front_document import DOOR, front
from tests.localaws.serving_document import ACCOUNT, IMAGE, REGION, Resources, autoscaling, canary, endpoints, models


def document(**changes: Any) -> dict[str, Any]:
    """The Terraform JSON. `changes` overrides the options below; each is named after what it changes."""
    options = {
        "newer_versions": 3,
        "rotation_days": 180,
        "session": 3600,
        "image": IMAGE,
        "deployment": canary(),
        "max_capacity": 4,
        "threshold": 5,
        "retention": 14,
        **DOOR,
        "tags": {"owner": "tests"},
        **changes,
    }
    resources: Resources = {}
    for part in (_keys, _buckets, _tables, _registry, _roles, models, endpoints, autoscaling, _observability, front):
        for kind, named in part(options).items():
            resources.setdefault(kind, {}).update(named)
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.100.0, < 7.0.0"}}},
        "provider": {"aws": [_provider(options["tags"])]},
        "resource": resources,
    }


def _provider(tags: dict[str, str]) -> dict[str, Any]:
    return {
        "region": REGION,
        "access_key": ACCOUNT,
        "secret_key": "local",
        "allowed_account_ids": [ACCOUNT],
        "default_tags": [{"tags": tags}],
        "max_retries": 3,
        "s3_use_path_style": True,
        "skip_credentials_validation": True,
        "skip_metadata_api_check": "true",
        "skip_region_validation": True,
    }


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, sort_keys=True)


def _keys(options: dict[str, Any]) -> Resources:
    admin = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    key = {
        "description": "platform",
        "enable_key_rotation": True,
        "rotation_period_in_days": options["rotation_days"],
        "deletion_window_in_days": 7,
        "policy": _policy(admin),
    }
    return {"aws_kms_key": {"main": key}, "aws_kms_alias": {"main": {"name": "alias/platform", "target_key_id": "${aws_kms_key.main.id}"}}}


def _tls(name: str) -> dict[str, Any]:
    arn = f"arn:aws:s3:::{name}"
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"], "Condition": condition}


def _buckets(options: dict[str, Any]) -> Resources:
    logs = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::tf-logs/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    encryption = {"sse_algorithm": "aws:kms", "kms_master_key_id": "${aws_kms_key.main.arn}"}
    models, rule = "${aws_s3_bucket.models.id}", {"apply_server_side_encryption_by_default": [encryption], "bucket_key_enabled": True}
    lifecycle = {
        "id": "old-versions",
        "status": "Enabled",
        "filter": [{}],
        "noncurrent_version_expiration": [{"noncurrent_days": 30, "newer_noncurrent_versions": options["newer_versions"]}],
        "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}],
    }
    block = dict.fromkeys(("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), True)
    after = {"depends_on": ["aws_s3_bucket_policy.logs"]}
    return {
        "aws_s3_bucket": {"models": {"bucket": "tf-models", "force_destroy": True}, "logs": {"bucket": "tf-logs", "force_destroy": True}},
        "aws_s3_bucket_policy": {
            "models": {"bucket": models, "policy": _policy(_tls("tf-models"))},
            "logs": {"bucket": "${aws_s3_bucket.logs.id}", "policy": _policy(_tls("tf-logs"), logs)},
        },
        "aws_s3_bucket_versioning": {"models": {"bucket": models, "versioning_configuration": [{"status": "Enabled"}]}},
        "aws_s3_bucket_public_access_block": {"models": {"bucket": models, **block}},
        "aws_s3_bucket_ownership_controls": {"models": {"bucket": models, "rule": [{"object_ownership": "BucketOwnerEnforced"}]}},
        "aws_s3_bucket_server_side_encryption_configuration": {"models": {"bucket": models, "rule": [rule]}},
        "aws_s3_bucket_lifecycle_configuration": {"models": {"bucket": models, "rule": [lifecycle]}},
        "aws_s3_bucket_logging": {"models": {"bucket": models, "target_bucket": "tf-logs", "target_prefix": "models/", **after}},
        "aws_s3_object": {"artifact": {"bucket": models, "key": "m/model.tar.gz", "content": "model"}},
    }


def _tables(_options: dict[str, Any]) -> Resources:
    table = {
        "name": "tf-locks",
        "hash_key": "LockID",
        "billing_mode": "PAY_PER_REQUEST",
        "attribute": [{"name": "LockID", "type": "S"}],
        "point_in_time_recovery": [{"enabled": True}],
        "server_side_encryption": [{"enabled": True, "kms_key_arn": "${aws_kms_key.main.arn}"}],
    }
    return {"aws_dynamodb_table": {"locks": table}}


def _registry(_options: dict[str, Any]) -> Resources:
    name = "${aws_ecr_repository.inference.name}"
    selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}
    rule = {"rulePriority": 1, "description": "untagged", "selection": selection, "action": {"type": "expire"}}
    repository = {
        "name": "tf/inference",
        "image_tag_mutability": "IMMUTABLE",
        "force_delete": True,
        "image_scanning_configuration": [{"scan_on_push": True}],
        "encryption_configuration": [{"encryption_type": "KMS", "kms_key": "${aws_kms_key.main.arn}"}],
    }
    pull = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": ["ecr:BatchGetImage"]}
    return {
        "aws_ecr_repository": {"inference": repository},
        "aws_ecr_lifecycle_policy": {"inference": {"repository": name, "policy": json.dumps({"rules": [rule]})}},
        "aws_ecr_repository_policy": {"inference": {"repository": name, "policy": _policy(pull)}},
    }


def _roles(options: dict[str, Any]) -> Resources:
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    read = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::tf-models/m/*"]}
    role = {"name": "execution", "path": "/ml/", "description": "runs models", "assume_role_policy": _policy(trust)}
    github = {"url": "https://token.actions.githubusercontent.com", "client_id_list": ["sts.amazonaws.com"]}
    return {
        "aws_iam_role": {"execution": {**role, "max_session_duration": options["session"]}},
        "aws_iam_role_policy": {"execution": {"name": "read", "role": "${aws_iam_role.execution.id}", "policy": _policy(read)}},
        "aws_iam_policy": {"read": {"name": "read", "policy": _policy(read)}},
        "aws_iam_role_policy_attachment": {"read": {"role": "${aws_iam_role.execution.name}", "policy_arn": "${aws_iam_policy.read.arn}"}},
        "aws_iam_openid_connect_provider": {"github": {**github, "thumbprint_list": ["a" * 40]}},
    }


def _observability(options: dict[str, Any]) -> Resources:
    errors = {
        "alarm_name": "tf-errors",
        "namespace": "AWS/SageMaker",
        "metric_name": "Invocation5XXErrors",
        "dimensions": {"EndpointName": "tf-ab", "VariantName": "main"},
        "statistic": "Sum",
        "comparison_operator": "GreaterThanThreshold",
        "threshold": options["threshold"],
        "period": 60,
        "evaluation_periods": 3,
        "datapoints_to_alarm": 2,
        "treat_missing_data": "notBreaching",
    }
    latency = {name: value for name, value in errors.items() if name != "statistic"}
    latency |= {"alarm_name": "tf-latency", "metric_name": "ModelLatency", "extended_statistic": "p99"}
    composite = {"alarm_name": "tf-any", "alarm_rule": "ALARM(tf-errors) OR ALARM(tf-latency)"}
    after = {"depends_on": ["aws_cloudwatch_metric_alarm.errors", "aws_cloudwatch_metric_alarm.latency"]}
    return {
        "aws_cloudwatch_metric_alarm": {"errors": errors, "latency": latency},
        "aws_cloudwatch_composite_alarm": {"any": {**composite, **after}},
        "aws_cloudwatch_log_group": {"ab": {"name": "/aws/sagemaker/Endpoints/tf-ab", "retention_in_days": options["retention"]}},
        "aws_ssm_parameter": {"name": {"name": "/tf/endpoint", "type": "String", "value": "${aws_sagemaker_endpoint.ab.name}"}},
        "aws_sns_topic": {"errors": {"name": "tf-errors", "kms_master_key_id": "${aws_kms_key.main.id}"}},
    }

"""A whole production environment as synthesized JSON, written by hand: what a scan finds nothing in."""

from __future__ import annotations

import json
from typing import Any

ACCOUNT = "333333333333"
ARN = f"arn:aws:iam::{ACCOUNT}"
DIGEST = "sha256:" + "b" * 64
IMAGE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/slipway-prod-inference@{DIGEST}"
ARTIFACT = f"https://slipway-prod-models-{ACCOUNT}.s3.eu-west-1.amazonaws.com/models/wine/{'a' * 64}/model.tar.gz"
STATE, TABLE = f"slipway-prod-tfstate-{ACCOUNT}", "slipway-prod-tflock"
Body = dict[str, Any]
Documents = dict[str, Body]


def platform() -> Documents:
    """The documents of the stacks prod-state, prod-shared and prod-serving, new ones on every call."""
    return {"prod-state": _state(), "prod-shared": _shared(), "prod-serving": _serving()}


def policy(*statements: Body) -> str:
    """A policy document as JSON string."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def stack(name: str, resources: Body, **more: Body) -> Body:
    """A stack document with backend and provider."""
    backend = {
        "bucket": STATE,
        "key": f"{name}.tfstate",
        "region": "eu-west-1",
        "encrypt": True,
        "use_lockfile": True,
        "dynamodb_table": TABLE,
    }
    tags = {"environment": "prod", "owner": "ml-platform", "project": "slipway", "stack": name.removeprefix("prod-")}
    return {
        "//": {"metadata": {"stackName": name, "version": "0.21.0"}},
        "terraform": {"backend": {"s3": backend}},
        "provider": {"aws": [{"region": "eu-west-1", "allowed_account_ids": [ACCOUNT], "default_tags": [{"tags": tags}]}]},
        "resource": resources,
        **more,
    }


def merge(*parts: Body) -> Body:
    """Resource tables side by side."""
    table: Body = {}
    for part in parts:
        for kind, named in part.items():
            table.setdefault(kind, {}).update(named)
    return table


def tls_only(arn: str) -> Body:
    """The statement that refuses plain HTTP."""
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    return {"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"], "Condition": condition}


def bucket(name: str, key: str | None, logs: str | None = None, statements: tuple[Body, ...] = ()) -> Body:
    """A hardened bucket with logical ids `<name>`, `<name>_policy` and so on."""
    full = STATE if name == "tfstate" else f"slipway-prod-{name.replace('_', '-')}-{ACCOUNT}"
    here = f"${{aws_s3_bucket.{name}.id}}"
    default = {"sse_algorithm": "aws:kms", "kms_master_key_id": key} if key else {"sse_algorithm": "AES256"}
    retention = {
        "id": "retention",
        "status": "Enabled",
        "filter": [{"prefix": ""}],
        "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}],
        "noncurrent_version_expiration": [{"noncurrent_days": 365}],
    }
    blocks = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    table = {
        "aws_s3_bucket": {name: {"bucket": full}},
        "aws_s3_bucket_policy": {f"{name}_policy": {"bucket": here, "policy": policy(tls_only(f"arn:aws:s3:::{full}"), *statements)}},
        "aws_s3_bucket_public_access_block": {f"{name}_public_access_block": {"bucket": here, **dict.fromkeys(blocks, True)}},
        "aws_s3_bucket_versioning": {f"{name}_versioning": {"bucket": here, "versioning_configuration": {"status": "Enabled"}}},
        "aws_s3_bucket_server_side_encryption_configuration": {
            f"{name}_encryption": {
                "bucket": here,
                "rule": [{"apply_server_side_encryption_by_default": default, "bucket_key_enabled": bool(key)}],
            }
        },
        "aws_s3_bucket_lifecycle_configuration": {f"{name}_lifecycle": {"bucket": here, "rule": [retention]}},
        "aws_s3_bucket_ownership_controls": {f"{name}_ownership": {"bucket": here, "rule": {"object_ownership": "BucketOwnerEnforced"}}},
    }
    if logs:
        table["aws_s3_bucket_logging"] = {f"{name}_logging": {"bucket": here, "target_bucket": logs, "target_prefix": f"{full}/"}}
    return table


def key(name: str) -> Body:
    """A key whose policy names its users."""
    administration = {
        "Sid": "Administration",
        "Effect": "Allow",
        "Principal": {"AWS": f"{ARN}:root"},
        "Action": ["kms:DescribeKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"],
        "Resource": "*",
    }
    return {"aws_kms_key": {name: {"enable_key_rotation": True, "deletion_window_in_days": 30, "policy": policy(administration)}}}


def _state() -> Body:
    table = {
        "name": TABLE,
        "hash_key": "LockID",
        "attribute": [{"name": "LockID", "type": "S"}],
        "billing_mode": "PAY_PER_REQUEST",
        "deletion_protection_enabled": True,
        "point_in_time_recovery": {"enabled": True},
        "server_side_encryption": {"enabled": True, "kms_key_arn": "${aws_kms_key.state_key.arn}"},
    }
    resources = merge(key("state_key"), bucket("tfstate", "${aws_kms_key.state_key.arn}"), {"aws_dynamodb_table": {"lock": table}})
    resources["aws_s3_bucket"]["tfstate"]["lifecycle"] = {"prevent_destroy": True}
    return stack("prod-state", resources)


def _shared() -> Body:
    data = "${aws_kms_key.data_key.arn}"
    logs = "${aws_s3_bucket.access_logs.bucket}"
    delivery = {
        "Sid": "Logs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::slipway-prod-access-logs-{ACCOUNT}/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    resources = merge(
        key("data_key"),
        bucket("access_logs", None, statements=(delivery,)),
        bucket("models", data, logs),
        bucket("data_capture", data, logs),
        _registry(data),
        _role(),
    )
    outputs = {"capture_bucket": {"value": "${aws_s3_bucket.data_capture.bucket}"}, "key_arn": {"value": data}}
    return stack("prod-shared", resources, output=outputs)


def _registry(data: str) -> Body:
    repository = {
        "name": "slipway-prod-inference",
        "image_tag_mutability": "IMMUTABLE",
        "image_scanning_configuration": {"scan_on_push": True},
        "encryption_configuration": [{"encryption_type": "KMS", "kms_key": data}],
    }
    selections = [
        {"tagStatus": "tagged", "tagPrefixList": ["release-"], "countType": "imageCountMoreThan", "countNumber": 1_000_000},
        {"tagStatus": "tagged", "tagPrefixList": ["build-"], "countType": "imageCountMoreThan", "countNumber": 20},
        {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14},
    ]
    rules = [{"rulePriority": n, "selection": s, "action": {"type": "expire"}} for n, s in enumerate(selections, 1)]
    here = "${aws_ecr_repository.inference.name}"
    pull = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::222222222222:root"]}, "Action": ["ecr:BatchGetImage"]}
    return {
        "aws_ecr_repository": {"inference": repository},
        "aws_ecr_lifecycle_policy": {"inference_lifecycle": {"repository": here, "policy": json.dumps({"rules": rules})}},
        "aws_ecr_repository_policy": {"inference_pull": {"repository": here, "policy": policy(pull)}},
    }


def _role() -> Body:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    statements = [
        {
            "Sid": "Artifact",
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": f"arn:aws:s3:::slipway-prod-models-{ACCOUNT}/models/wine/*",
        },
        {"Sid": "Token", "Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": "*"},
        {
            "Sid": "Metrics",
            "Effect": "Allow",
            "Action": ["cloudwatch:PutMetricData"],
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints"}},
        },
        {
            "Sid": "Pass",
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": f"{ARN}:role/slipway-prod-model-wine",
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        },
    ]
    role = {"name": "slipway-prod-model-wine", "assume_role_policy": policy(trust)}
    return {
        "aws_iam_role": {"wine_role": role},
        "aws_iam_role_policy": {"wine_permissions": {"role": "${aws_iam_role.wine_role.id}", "policy": policy(*statements)}},
    }


def _serving() -> Body:
    model = {
        "name": "slipway-prod-wine-0123456789",
        "execution_role_arn": f"{ARN}:role/slipway-prod-model-wine",
        "enable_network_isolation": True,
        "primary_container": {"image": IMAGE, "model_data_url": ARTIFACT, "environment": {"MAX_TOKENS": "512"}},
        "lifecycle": {"create_before_destroy": True},
    }
    endpoint = {
        "name": "slipway-prod-wine",
        "endpoint_config_name": "${aws_sagemaker_endpoint_configuration.wine_config.name}",
        "deployment_config": _rollout(),
    }
    resources = merge(
        {
            "aws_sagemaker_model": {"wine_model": model},
            "aws_sagemaker_endpoint_configuration": {"wine_config": _config()},
            "aws_sagemaker_endpoint": {"wine": endpoint},
            "aws_cloudwatch_log_group": {
                "wine_logs": {
                    "name": "/aws/sagemaker/Endpoints/slipway-prod-wine",
                    "retention_in_days": 365,
                    "kms_key_id": "${data.terraform_remote_state.shared.outputs.key_arn}",
                }
            },
        },
        _topic(),
        *(_variant(name) for name in ("main", "next")),
    )
    remote = {"backend": "s3", "config": {"bucket": STATE, "key": "prod-shared.tfstate", "region": "eu-west-1"}}
    return stack("prod-serving", resources, data={"terraform_remote_state": {"shared": remote}})


def _config() -> Body:
    variants = [
        {
            "variant_name": name,
            "model_name": "${aws_sagemaker_model.wine_model.name}",
            "instance_type": "ml.m5.large",
            "initial_instance_count": 2,
            "initial_variant_weight": weight,
        }
        for name, weight in (("main", 0.75), ("next", 0.25))
    ]
    capture = {
        "enable_capture": True,
        "initial_sampling_percentage": 20,
        "destination_s3_uri": "s3://${data.terraform_remote_state.shared.outputs.capture_bucket}/wine",
        "kms_key_id": "${data.terraform_remote_state.shared.outputs.key_arn}",
        "capture_options": [{"capture_mode": "Input"}, {"capture_mode": "Output"}],
    }
    return {
        "name": "slipway-prod-wine-9876543210",
        "kms_key_arn": "${data.terraform_remote_state.shared.outputs.key_arn}",
        "production_variants": variants,
        "data_capture_config": capture,
        "lifecycle": {"create_before_destroy": True, "ignore_changes": ["production_variants"]},
    }


def _rollout() -> Body:
    alarms = [{"alarm_name": f"${{aws_cloudwatch_metric_alarm.{name}_errors.alarm_name}}"} for name in ("main", "next")]
    routing = {"type": "CANARY", "wait_interval_in_seconds": 600, "canary_size": {"type": "CAPACITY_PERCENT", "value": 10}}
    blue_green = {
        "termination_wait_in_seconds": 300,
        "maximum_execution_timeout_in_seconds": 2700,
        "traffic_routing_configuration": routing,
    }
    return {"blue_green_update_policy": blue_green, "auto_rollback_configuration": {"alarms": alarms}}


def _topic() -> Body:
    topic = {"name": "slipway-prod-alarms", "kms_master_key_id": "${data.terraform_remote_state.shared.outputs.key_arn}"}
    publish = {
        "Sid": "Alarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    refuse = {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "sns:*", "Resource": "*"}
    refuse["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    attached = {"arn": "${aws_sns_topic.alarms.arn}", "policy": policy(publish, refuse)}
    return {"aws_sns_topic": {"alarms": topic}, "aws_sns_topic_policy": {"alarms_policy": attached}}


def _variant(name: str) -> Body:
    alarm = {
        "alarm_name": f"slipway-prod-wine-{name}-5xx",
        "namespace": "AWS/SageMaker",
        "metric_name": "Invocation5XXErrors",
        "dimensions": {"EndpointName": "slipway-prod-wine", "VariantName": name},
        "statistic": "Average",
        "comparison_operator": "GreaterThanOrEqualToThreshold",
        "threshold": 0.05,
        "period": 60,
        "evaluation_periods": 2,
        "treat_missing_data": "notBreaching",
        "alarm_actions": ["${aws_sns_topic.alarms.arn}"],
    }
    target = {
        "service_namespace": "sagemaker",
        "scalable_dimension": "sagemaker:variant:DesiredInstanceCount",
        "resource_id": f"endpoint/${{aws_sagemaker_endpoint.wine.name}}/variant/{name}",
        "min_capacity": 2,
        "max_capacity": 10,
    }
    tracking = {
        "predefined_metric_specification": {"predefined_metric_type": "SageMakerVariantInvocationsPerInstance"},
        "target_value": 700,
    }
    scaling = {
        "name": f"{name}-invocations",
        "policy_type": "TargetTrackingScaling",
        "service_namespace": "sagemaker",
        "scalable_dimension": "sagemaker:variant:DesiredInstanceCount",
        "resource_id": f"${{aws_appautoscaling_target.{name}_target.resource_id}}",
        "target_tracking_scaling_policy_configuration": tracking,
    }
    return {
        "aws_cloudwatch_metric_alarm": {f"{name}_errors": alarm},
        "aws_appautoscaling_target": {f"{name}_target": target},
        "aws_appautoscaling_policy": {f"{name}_policy": scaling},
    }

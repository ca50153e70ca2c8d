"""The serving part of the Terraform document: models, configurations, endpoints, autoscaling."""

from __future__ import annotations

import hashlib
from typing import Any

ACCOUNT, REGION = "111111111111", "eu-west-1"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/not-here:1"

Resources = dict[str, dict[str, dict[str, Any]]]


def models(options: dict[str, Any]) -> Resources:
    url = "s3://${aws_s3_bucket.models.id}/${aws_s3_object.artifact.key}"
    role = {"execution_role_arn": "${aws_iam_role.execution.arn}"}
    container = {"image": options["image"], "model_data_url": url, "environment": {"A": "1"}}
    source = {"s3_uri": "s3://tf-models/m/", "s3_data_type": "S3Prefix", "compression_type": "None"}
    prefix = {"image": IMAGE, "model_data_source": [{"s3_data_source": [source]}]}
    create_first = {"lifecycle": {"create_before_destroy": True}, "depends_on": ["aws_s3_object.artifact"]}
    # The name follows the contents, as everywhere in Slipway.
    single = {
        "name": f"tf-single-{hashlib.sha256(options['image'].encode()).hexdigest()[:8]}",
        "primary_container": [container],
        "enable_network_isolation": True,
    }
    vpc = {"name": "tf-vpc", "primary_container": [prefix], "vpc_config": [{"subnets": ["subnet-0a1"], "security_group_ids": ["sg-0a1"]}]}
    pipeline = {
        "name": "tf-pipeline",
        "container": [{**container, "image": IMAGE}, {"image": IMAGE}],
        "inference_execution_config": [{"mode": "Serial"}],
    }
    parts = {"single": single, "vpc": vpc, "pipeline": pipeline}
    return {"aws_sagemaker_model": {name: {**role, **create_first, **model} for name, model in parts.items()}}


def canary() -> dict[str, Any]:
    routing = {"type": "CANARY", "wait_interval_in_seconds": 60, "canary_size": [{"type": "CAPACITY_PERCENT", "value": 10}]}
    policy = {"traffic_routing_configuration": [routing], "termination_wait_in_seconds": 0, "maximum_execution_timeout_in_seconds": 1200}
    return {"blue_green_update_policy": [policy], "auto_rollback_configuration": [{"alarms": [{"alarm_name": "tf-errors"}]}]}


def rolling() -> dict[str, Any]:
    """Another rollout than the default canary."""
    policy = {"wait_interval_in_seconds": 60, "maximum_batch_size": [{"type": "CAPACITY_PERCENT", "value": 25}]}
    return {"rolling_update_policy": [policy], "auto_rollback_configuration": [{"alarms": [{"alarm_name": "tf-errors"}]}]}


def _variant(name: str, model: str, **more: Any) -> dict[str, Any]:
    placed = {"instance_type": "ml.m5.large", "initial_instance_count": 2, "initial_variant_weight": 0.5}
    return {"variant_name": name, "model_name": f"${{aws_sagemaker_model.{model}.name}}", **placed, **more}


def endpoints(options: dict[str, Any]) -> Resources:
    scaling = {"status": "ENABLED", "min_instance_count": 1, "max_instance_count": 3}
    main = _variant(
        "main", "single", routing_config=[{"routing_strategy": "LEAST_OUTSTANDING_REQUESTS"}], managed_instance_scaling=[scaling]
    )
    main |= {"container_startup_health_check_timeout_in_seconds": 300, "model_data_download_timeout_in_seconds": 600}
    capture = {
        "enable_capture": True,
        "initial_sampling_percentage": 20,
        "destination_s3_uri": "s3://tf-models/capture",
        "kms_key_id": "${aws_kms_key.main.arn}",
        "capture_options": [{"capture_mode": "Input"}, {"capture_mode": "Output"}],
        "capture_content_type_header": [{"json_content_types": ["application/json"]}],
    }
    serverless = [{"max_concurrency": 5, "memory_size_in_mb": 2048, "provisioned_concurrency": 1}]
    output = {"s3_output_path": "s3://tf-models/out", "notification_config": [{"error_topic": "${aws_sns_topic.errors.arn}"}]}
    configurations: dict[str, dict[str, Any]] = {
        "ab": {
            "production_variants": [main, _variant("other", "vpc")],
            "data_capture_config": [capture],
            "kms_key_arn": "${aws_kms_key.main.arn}",
        },
        "shadow": {"production_variants": [_variant("main", "single")], "shadow_production_variants": [_variant("shadow", "vpc")]},
        "serverless": {
            "production_variants": [
                {"variant_name": "main", "model_name": "${aws_sagemaker_model.single.name}", "serverless_config": serverless},
            ]
        },
        "async": {
            "production_variants": [_variant("main", "pipeline")],
            "async_inference_config": [{"output_config": [output], "client_config": [{"max_concurrent_invocations_per_instance": 4}]}],
        },
    }
    for name, configuration in configurations.items():
        configuration |= {"name_prefix": f"tf-{name}-", "lifecycle": {"create_before_destroy": True}}
    live = {
        name: {"name": f"tf-{name}", "endpoint_config_name": f"${{aws_sagemaker_endpoint_configuration.{name}.name}}"}
        for name in configurations
    }
    live["ab"] |= {"deployment_config": [options["deployment"]], "depends_on": ["aws_cloudwatch_metric_alarm.errors"]}
    return {"aws_sagemaker_endpoint_configuration": configurations, "aws_sagemaker_endpoint": live}


def autoscaling(options: dict[str, Any]) -> Resources:
    def target(endpoint: str, dimension: str, maximum: int) -> dict[str, Any]:
        resource = f"endpoint/${{aws_sagemaker_endpoint.{endpoint}.name}}/variant/main"
        named = {"service_namespace": "sagemaker", "resource_id": resource, "scalable_dimension": f"sagemaker:variant:{dimension}"}
        return {**named, "min_capacity": 1, "max_capacity": maximum}

    def on(name: str) -> dict[str, str]:
        members = ("service_namespace", "resource_id", "scalable_dimension")
        return {member: f"${{aws_appautoscaling_target.{name}.{member}}}" for member in members}

    tracking = {
        "target_value": 700,
        "scale_in_cooldown": 300,
        "predefined_metric_specification": [{"predefined_metric_type": "SageMakerVariantInvocationsPerInstance"}],
    }
    step = {
        "adjustment_type": "ChangeInCapacity",
        "cooldown": 60,
        "step_adjustment": [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}],
    }
    scheduled = {"schedule": "cron(0 7 ? * MON-FRI *)", "timezone": "Europe/Berlin"}
    return {
        "aws_appautoscaling_target": {
            "ab": target("ab", "DesiredInstanceCount", options["max_capacity"]),
            "serverless": target("serverless", "DesiredProvisionedConcurrency", 3),
        },
        "aws_appautoscaling_policy": {
            "tracking": {
                **on("ab"),
                "name": "t",
                "policy_type": "TargetTrackingScaling",
                "target_tracking_scaling_policy_configuration": [tracking],
            },
            "step": {**on("ab"), "name": "s", "policy_type": "StepScaling", "step_scaling_policy_configuration": [step]},
        },
        "aws_appautoscaling_scheduled_action": {
            "morning": {**on("ab"), **scheduled, "name": "m", "scalable_target_action": [{"min_capacity": 2, "max_capacity": 4}]},
        },
    }

"""What the function and the scheduler may do, and who may publish to the topic. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Sequence

from modules._shared.key_policy import SCHEDULE, hosts
from modules._shared.naming import Naming
from modules._shared.statements import Statement, allow
from modules._shared.topic_policy import tls_only
from modules.operations.function.settings import Hosted
from modules.operations.spec import function_name, log_group, record_prefix, schedule_group_name, topic_name


def scheduler_trust(naming: Naming) -> list[Statement]:
    """Only for schedules of this environment's own group."""
    group = naming.arn("scheduler", f"schedule-group/{schedule_group_name(naming)}")
    own = {"StringEquals": {"aws:SourceAccount": naming.account_id}, "ArnEquals": {"aws:SourceArn": group}}
    scheduler = {"Service": "scheduler.amazonaws.com"}
    return [{"Sid": "Scheduler", "Effect": "Allow", "Principal": scheduler, "Action": "sts:AssumeRole", "Condition": own}]


def scheduler_statements(naming: Naming, kms_key_arn: str) -> list[Statement]:
    """Invoke the function, with an input that the key protects."""
    own = {"ArnLike": {SCHEDULE: naming.arn("scheduler", f"schedule/{schedule_group_name(naming)}/*")}}
    return [
        allow("InvokeFunction", ["lambda:InvokeFunction"], naming.arn("lambda", f"function:{function_name(naming)}")),
        allow("ReadInput", ["kms:Decrypt"], kms_key_arn, own),
    ]


def topic_statements(naming: Naming, *, budget: bool) -> list[Statement]:
    """Nobody without TLS; AWS Budgets may publish when there is a budget (guide, "Creating an Amazon SNS topic for budgets")."""
    arn = naming.arn("sns", topic_name(naming))
    own = {"StringEquals": {"aws:SourceAccount": naming.account_id}}
    budgets = {
        "Sid": "Budgets",
        "Effect": "Allow",
        "Principal": {"Service": "budgets.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": arn,
        "Condition": own,
    }
    return [tls_only(arn), *([budgets] if budget else [])]


def function_statements(
    naming: Naming, hosted: Sequence[Hosted], kms_key_arn: str, volume_key_arn: str, *, tracing: bool
) -> list[Statement]:
    """The function's role: exactly the environment's endpoints, their volumes' key, their scaling, their records."""
    group = naming.arn("logs", f"log-group:{log_group(naming)}")
    found = [
        *_sagemaker(naming, [one.name for one in hosted if one.kind == "sagemaker"], volume_key_arn),
        *_services(naming, [one.name for one in hosted if one.kind == "fargate"]),
        *(_scaling(naming) if hosted else []),
        allow(
            "Records",
            ["ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:GetParameter", "ssm:PutParameter"],
            naming.arn("ssm", f"parameter{record_prefix(naming)}/*"),
        ),
        allow("Tell", ["sns:Publish"], naming.arn("sns", topic_name(naming))),
        allow(
            "UseKey",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            kms_key_arn,
            {"StringEquals": {"kms:ViaService": hosts(naming, "sns", "lambda")}},
        ),
        allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:*"),
    ]
    # X-Ray offers no resource for its Put actions.
    return [*found, allow("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*")] if tracing else found


def _sagemaker(naming: Naming, names: list[str], volume_key_arn: str) -> list[Statement]:
    if not names:
        return []
    endpoints = [naming.arn("sagemaker", f"endpoint/{name.lower()}") for name in names]
    configs = [naming.arn("sagemaker", f"endpoint-config/{name.lower()}-*") for name in names]
    return [
        allow(
            "Endpoints", ["sagemaker:AddTags", "sagemaker:DeleteEndpoint", "sagemaker:DescribeEndpoint", "sagemaker:ListTags"], endpoints
        ),
        # Application Auto Scaling takes a target only from somebody who may scale it.
        allow("Scale", ["sagemaker:UpdateEndpointWeightsAndCapacities"], endpoints),
        allow("CreateEndpoint", ["sagemaker:CreateEndpoint", "sagemaker:DescribeEndpointConfig"], [*endpoints, *configs]),
        allow(
            "Volumes",
            ["kms:CreateGrant", "kms:DescribeKey"],
            volume_key_arn,
            {"StringEquals": {"kms:ViaService": hosts(naming, "sagemaker")}},
        ),
        # These offer no resource.
        allow("Look", ["cloudwatch:GetMetricData", "sagemaker:ListEndpointConfigs"], "*"),
    ]


def _services(naming: Naming, names: list[str]) -> list[Statement]:
    services = [naming.arn("ecs", f"service/{name}/{name}") for name in names]
    return [allow("Services", ["ecs:DescribeServices", "ecs:UpdateService"], services)] if services else []


def _scaling(naming: Naming) -> list[Statement]:
    changes = ("DeregisterScalableTarget", "ListTagsForResource", "PutScalingPolicy", "PutScheduledAction", "RegisterScalableTarget")
    reads = ("DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScheduledActions")
    service = "application-autoscaling"
    # Application Auto Scaling makes its alarms with the caller's permissions, under names of its own.
    names = (f"{start}{naming.name()}-*" for start in ("", "TargetTracking-endpoint/", "TargetTracking-service/"))
    alarms = [naming.arn("cloudwatch", f"alarm:{name}") for name in names]
    return [
        allow("Scaling", [f"{service}:{name}" for name in (*changes, "TagResource")], naming.arn(service, "scalable-target/*")),
        allow("Alarms", ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"], alarms),
        # These offer no resource.
        allow("ReadScaling", [*(f"{service}:{name}" for name in reads), "cloudwatch:DescribeAlarms"], "*"),
    ]

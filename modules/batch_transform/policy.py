"""What the state machine of scheduled jobs may do, and what starts it. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules._shared.key_policy import SCHEDULE, hosts
from modules._shared.naming import Naming
from modules.batch_transform.spec import job_prefix, schedule_name

Statement = dict[str, Any]
_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
"""Logging of a state machine; AWS offers no resource for these (Step Functions developer guide, "Logging using CloudWatch Logs")."""
_TRACES = ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments")


def machine_arn(naming: Naming, name: str) -> str:
    """ARN of the state machine."""
    return naming.arn("states", f"stateMachine:{schedule_name(naming, name)}")


def run_trust(naming: Naming, name: str) -> list[Statement]:
    """Step Functions takes the role for this state machine alone."""
    return [_trust("StepFunctions", "states.amazonaws.com", naming, machine_arn(naming, name))]


def run_statements(naming: Naming, name: str, *, topic_arn: str, topic_key_arn: str) -> list[Statement]:
    """Make and stop jobs of this entry, look at them, tell the topic."""
    jobs = naming.arn("sagemaker", f"transform-job/{job_prefix(naming, name).lower()}-*")
    actions = ["sagemaker:AddTags", "sagemaker:CreateTransformJob", "sagemaker:DescribeTransformJob", "sagemaker:StopTransformJob"]
    found = [_allow("Jobs", actions, [jobs]), _allow("DeliverLogs", _DELIVERY, ["*"]), _allow("Trace", _TRACES, ["*"])]
    if topic_arn:
        through = {"StringEquals": {"kms:ViaService": hosts(naming, "sns")}}
        found.append(_allow("Tell", ["sns:Publish"], [topic_arn]))
        found.append(_allow("UseTopicKey", ["kms:Decrypt", "kms:GenerateDataKey"], [topic_key_arn], through))
    return found


def start_trust(naming: Naming) -> list[Statement]:
    """EventBridge Scheduler takes the role for its group of schedules.

    Scheduler user guide, "Confused deputy prevention": the source is the schedule group, never one schedule.
    """
    return [_trust("Scheduler", "scheduler.amazonaws.com", naming, naming.arn("scheduler", "schedule-group/default"))]


def start_statements(naming: Naming, name: str, *, kms_key_arn: str) -> list[Statement]:
    """Start the state machine; read the schedule, which the key encrypts."""
    own = {"ArnEquals": {SCHEDULE: naming.arn("scheduler", f"schedule/default/{schedule_name(naming, name)}")}}
    return [
        _allow("Start", ["states:StartExecution"], [machine_arn(naming, name)]),
        _allow("ReadInput", ["kms:Decrypt"], [kms_key_arn], own),
    ]


def _allow(sid: str, actions: Sequence[str], resources: list[str], condition: Statement | None = None) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}
    return {**statement, "Condition": condition} if condition else statement


def _trust(sid: str, service: str, naming: Naming, source: str) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": naming.account_id}, "ArnEquals": {"aws:SourceArn": source}},
    }

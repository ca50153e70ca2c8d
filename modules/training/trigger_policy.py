"""What the state machine may do, and what starts it. Pure: loads no toolkit."""

from __future__ import annotations

from typing import Any

from modules._shared.key_policy import SCHEDULE, hosts
from modules._shared.naming import Naming
from modules._shared.state_machine import DELIVER_LOGS, TRACE
from modules._shared.statements import Statement, allow, service_trust
from modules.training.spec import ArrivalSpec, pipeline_name


def machine_arn(naming: Naming, key: str) -> str:
    """ARN of the pipeline's state machine."""
    return naming.arn("states", f"stateMachine:{pipeline_name(naming, key)}")


def runs_trust(naming: Naming, key: str) -> list[Statement]:
    """Step Functions takes the role for this state machine alone."""
    return [service_trust("StepFunctions", "states.amazonaws.com", naming, machine_arn(naming, key))]


def runs_statements(naming: Naming, key: str, *, topic_arn: str, kms_key_arn: str) -> list[Statement]:
    """Start the pipeline, look at its executions, tell the topic."""
    pipeline = naming.arn("sagemaker", f"pipeline/{pipeline_name(naming, key).lower()}")
    publish = {"StringEquals": {"kms:ViaService": hosts(naming, "sns")}}
    return [
        allow("Start", ["sagemaker:StartPipelineExecution"], [pipeline]),
        allow("Follow", ["sagemaker:DescribePipelineExecution"], [f"{pipeline}/execution/*"]),
        allow("Tell", ["sns:Publish"], [topic_arn]),
        allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], [kms_key_arn], publish),
        allow("DeliverLogs", DELIVER_LOGS, ["*"]),
        allow("Trace", TRACE, ["*"]),
    ]


def start_trust(naming: Naming, key: str) -> list[Statement]:
    """EventBridge takes the role for the pipeline's rule, EventBridge Scheduler for its group of schedules.

    Scheduler user guide, "Confused deputy prevention": the source is the schedule group, never one schedule.
    """
    name = pipeline_name(naming, key)
    return [
        service_trust("EventBridge", "events.amazonaws.com", naming, naming.arn("events", f"rule/{name}")),
        service_trust("Scheduler", "scheduler.amazonaws.com", naming, naming.arn("scheduler", "schedule-group/default")),
    ]


def start_statements(naming: Naming, key: str, *, kms_key_arn: str) -> list[Statement]:
    """Start the state machine; read the schedule's input, which the key encrypts.

    Scheduler user guide, "Encryption at rest": the role itself asks KMS, through no service, and names the schedule.
    """
    schedule = naming.arn("scheduler", f"schedule/default/{pipeline_name(naming, key)}")
    return [
        allow("Start", ["states:StartExecution"], [machine_arn(naming, key)]),
        allow("ReadInput", ["kms:Decrypt"], [kms_key_arn], {"ArnEquals": {SCHEDULE: schedule}}),
    ]


def arrival_pattern(spec: ArrivalSpec, bucket: str) -> dict[str, Any]:
    """The events of objects that arrive (S3 user guide, "EventBridge event message structure")."""
    key = {"wildcard": f"{_literal(spec.prefix)}*{spec.suffix}"} if spec.suffix else {"prefix": spec.prefix}
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [bucket]}, "object": {"key": [key]}},
    }


def arrival_input(spec: ArrivalSpec) -> str:
    """What the state machine gets: <bucket> and <key> stand for the event's."""
    return '{"parameters":[{"Name":"' + spec.parameter + '","Value":"s3://<bucket>/<key>"}]}'


def _literal(prefix: str) -> str:
    return prefix.replace("*", r"\*")

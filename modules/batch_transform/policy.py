"""What the state machine of scheduled jobs may do, and what starts it. Pure: loads no toolkit."""

from __future__ import annotations

from modules._shared.key_policy import SCHEDULE, hosts
from modules._shared.naming import Naming
from modules._shared.state_machine import DELIVER_LOGS, TRACE
from modules._shared.statements import Statement, allow, service_trust
from modules.batch_transform.spec import job_prefix, schedule_name


def machine_arn(naming: Naming, name: str) -> str:
    """ARN of the state machine."""
    return naming.arn("states", f"stateMachine:{schedule_name(naming, name)}")


def run_trust(naming: Naming, name: str) -> list[Statement]:
    """Step Functions takes the role for this state machine alone."""
    return [service_trust("StepFunctions", "states.amazonaws.com", naming, machine_arn(naming, name))]


def run_statements(naming: Naming, name: str, *, topic_arn: str, topic_key_arn: str) -> list[Statement]:
    """Make and stop jobs of this entry, look at them, tell the topic."""
    jobs = naming.arn("sagemaker", f"transform-job/{job_prefix(naming, name).lower()}-*")
    actions = ["sagemaker:AddTags", "sagemaker:CreateTransformJob", "sagemaker:DescribeTransformJob", "sagemaker:StopTransformJob"]
    found = [allow("Jobs", actions, [jobs]), allow("DeliverLogs", DELIVER_LOGS, ["*"]), allow("Trace", TRACE, ["*"])]
    if topic_arn:
        through = {"StringEquals": {"kms:ViaService": hosts(naming, "sns")}}
        found.append(allow("Tell", ["sns:Publish"], [topic_arn]))
        found.append(allow("UseTopicKey", ["kms:Decrypt", "kms:GenerateDataKey"], [topic_key_arn], through))
    return found


def start_trust(naming: Naming) -> list[Statement]:
    """EventBridge Scheduler takes the role for its group of schedules.

    Scheduler user guide, "Confused deputy prevention": the source is the schedule group, never one schedule.
    """
    return [service_trust("Scheduler", "scheduler.amazonaws.com", naming, naming.arn("scheduler", "schedule-group/default"))]


def start_statements(naming: Naming, name: str, *, kms_key_arn: str) -> list[Statement]:
    """Start the state machine; read the schedule, which the key encrypts."""
    own = {"ArnEquals": {SCHEDULE: naming.arn("scheduler", f"schedule/default/{schedule_name(naming, name)}")}}
    return [
        allow("Start", ["states:StartExecution"], [machine_arn(naming, name)]),
        allow("ReadInput", ["kms:Decrypt"], [kms_key_arn], own),
    ]

"""The state machine that starts an execution, follows it to its end and tells of failure (Amazon States Language, JSONPath). Pure.

    Begin -> StartExecution -> Wait -> Describe -> Count -> Ended? -> Succeeded
                                ^                             |
                                +------ still executing ------+--> Notify -> Failed

Its input is `{"parameters": [{"Name": ..., "Value": ...}]}`, the form of StartPipelineExecution.
"""

from __future__ import annotations

import json
from typing import Any

from modules._shared.naming import Naming
from modules._shared.state_machine import State, caught, notify, retry
from modules.training.spec import TriggersSpec, pipeline_name

_CONFLICT = "SageMaker.ConflictException"


def state_machine(naming: Naming, key: str, spec: TriggersSpec, topic_arn: str) -> dict[str, Any]:
    """The definition of the pipeline `key`'s state machine. `topic_arn` may be a token."""
    name, integrations = pipeline_name(naming, key), f"arn:{naming.partition}:states::"
    return {
        "Comment": f"Runs the SageMaker pipeline {name} and tells of failure",
        "StartAt": "Begin",
        "TimeoutSeconds": spec.timeout_in_hours * 3600 + 3600,
        "States": {
            "Begin": {"Type": "Pass", "Result": {"polls": 0}, "ResultPath": "$.count", "Next": "StartExecution"},
            "StartExecution": _start(integrations, name),
            "Wait": {"Type": "Wait", "Seconds": spec.poll_seconds, "Next": "Describe"},
            "Describe": _describe(integrations),
            "Count": _count(),
            "Ended?": _ended(spec.polls),
            "Succeeded": {"Type": "Succeed"},
            "Notify": notify(integrations, f"Training failed: {name}", topic_arn),
            "Failed": {"Type": "Fail", "Error": "TrainingFailed", "Cause": f"An execution of {name} failed: see the message to the topic"},
        },
    }


def definition_text(naming: Naming, key: str, spec: TriggersSpec, topic_arn: str) -> str:
    """The definition as CreateStateMachine takes it."""
    return json.dumps(state_machine(naming, key, spec, topic_arn), separators=(",", ":"))


def _start(integrations: str, name: str) -> State:
    """The token makes a call that is tried again start nothing twice; it is the same for one run of the state machine."""
    return {
        "Type": "Task",
        "Resource": f"{integrations}:aws-sdk:sagemaker:startPipelineExecution",
        "Parameters": {
            "PipelineName": name,
            "PipelineParameters.$": "$.parameters",
            "ClientRequestToken.$": "States.Hash($$.Execution.Id, 'SHA-256')",
        },
        "ResultPath": "$.started",
        "Retry": [retry(30, 6, _CONFLICT)],
        "Catch": caught("Notify"),
        "Next": "Wait",
    }


def _describe(integrations: str) -> State:
    return {
        "Type": "Task",
        "Resource": f"{integrations}:aws-sdk:sagemaker:describePipelineExecution",
        "Parameters": {"PipelineExecutionArn.$": "$.started.PipelineExecutionArn"},
        "ResultPath": "$.execution",
        "Retry": [retry(10, 8, _CONFLICT)],
        "Catch": caught("Notify"),
        "Next": "Count",
    }


def _count() -> State:
    return {
        "Type": "Pass",
        "Parameters": {"polls.$": "States.MathAdd($.count.polls, 1)"},
        "ResultPath": "$.count",
        "Next": "Ended?",
    }


def _ended(polls: int) -> State:
    """A standard workflow's history takes 25,000 events, and each look adds eleven: hence the count."""
    status = "$.execution.PipelineExecutionStatus"
    running = {"Or": [{"Variable": status, "StringEquals": name} for name in ("Executing", "Stopping")]}
    in_time = {"Variable": "$.count.polls", "NumericLessThan": polls}
    return {
        "Type": "Choice",
        "Choices": [
            {"Variable": status, "StringEquals": "Succeeded", "Next": "Succeeded"},
            {"And": [running, in_time], "Next": "Wait"},
        ],
        "Default": "Notify",
    }

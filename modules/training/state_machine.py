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
from modules.training.spec import TriggersSpec, pipeline_name

State = dict[str, Any]
_TRANSIENT = [
    "SageMaker.ConflictException",
    "SageMaker.ResourceLimitExceededException",
    "SageMaker.SageMakerException",
    "SageMaker.SdkClientException",
    "States.Timeout",
]
"""Errors of the SDK integration that a later call may not meet: throttling and what SageMaker itself says has no name of its own."""


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
            "Notify": _notify(integrations, name, topic_arn),
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
        "Retry": [_retry(30, 6)],
        "Catch": _caught(),
        "Next": "Wait",
    }


def _describe(integrations: str) -> State:
    return {
        "Type": "Task",
        "Resource": f"{integrations}:aws-sdk:sagemaker:describePipelineExecution",
        "Parameters": {"PipelineExecutionArn.$": "$.started.PipelineExecutionArn"},
        "ResultPath": "$.execution",
        "Retry": [_retry(10, 8)],
        "Catch": _caught(),
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


def _notify(integrations: str, name: str, topic_arn: str) -> State:
    """Everything that is known goes into the message: input, execution, error."""
    return {
        "Type": "Task",
        "Resource": f"{integrations}:sns:publish",
        "Parameters": {"TopicArn": topic_arn, "Subject": f"Training failed: {name}"[:100], "Message.$": "States.JsonToString($)"},
        "ResultPath": None,
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 5}],
        "Next": "Failed",
    }


def _retry(seconds: int, attempts: int) -> State:
    return {
        "ErrorEquals": _TRANSIENT,
        "IntervalSeconds": seconds,
        "BackoffRate": 2,
        "MaxAttempts": attempts,
        "MaxDelaySeconds": 600,
        "JitterStrategy": "FULL",
    }


def _caught() -> list[State]:
    return [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Notify"}]

"""The state machine of scheduled jobs: make a job, wait, try again, tell of failure (Amazon States Language, JSONPath). Pure.

Begin -> Name -> Create -> Wait -> Describe -> Count -> Ended? -> Succeeded
          ^                 ^                             |
          |                 +------- still running -------+--> Stop (too long) -+
          +----------------------- attempts left -----------+-- Again? <--------+--> Notify -> Failed
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from modules._shared.state_machine import State, caught, notify, retry
from modules.batch_transform.spec import ScheduleSpec


def state_machine(
    prefix: str, spec: ScheduleSpec, request: Mapping[str, Any], tags: Mapping[str, str], topic_arn: str, partition: str = "aws"
) -> State:
    """The definition. `prefix`: what job names begin with; `request`: CreateTransformJob without name and tags, its model's name may be a
    token; `topic_arn`: told of failure, empty for nobody. `partition`: aws, aws-cn or aws-us-gov.
    """
    integrations = f"arn:{partition}:states::"
    told = {"Notify": notify(integrations, f"Batch transform failed: {prefix}", topic_arn)} if topic_arn else {}
    return {
        "Comment": f"Runs the batch transform {prefix} and tells of failure",
        "StartAt": "Begin",
        "States": {
            "Begin": {"Type": "Pass", "Result": {"attempts": 0}, "ResultPath": "$.tries", "Next": "Name"},
            "Name": _name(prefix),
            "Create": _create(integrations, request, tags),
            "Wait": {"Type": "Wait", "Seconds": spec.poll_seconds, "Next": "Describe"},
            "Describe": _describe(integrations),
            "Count": _counted("polls", "Ended?"),
            "Ended?": _ended(spec.polls),
            "Stop": _stop(integrations),
            "Again?": _again(spec.max_attempts, told=bool(told)),
            "Succeeded": {"Type": "Succeed"},
            **told,
            "Failed": {"Type": "Fail", "Error": "TransformFailed", "Cause": f"No job of {prefix} succeeded"},
        },
    }


def definition_text(
    prefix: str, spec: ScheduleSpec, request: Mapping[str, Any], tags: Mapping[str, str], topic_arn: str, partition: str = "aws"
) -> str:
    """The definition as CreateStateMachine takes it."""
    return json.dumps(state_machine(prefix, spec, request, tags, topic_arn, partition), separators=(",", ":"))


def _name(prefix: str) -> State:
    """A name that no job has had: SageMaker keeps names for ever."""
    return {
        "Type": "Pass",
        "Parameters": {
            "name.$": f"States.Format('{prefix}-{{}}', States.UUID())",
            "attempts.$": "States.MathAdd($.tries.attempts, 1)",
            "polls": 0,
        },
        "ResultPath": "$.tries",
        "Next": "Create",
    }


def _create(integrations: str, request: Mapping[str, Any], tags: Mapping[str, str]) -> State:
    return {
        "Type": "Task",
        "Resource": f"{integrations}:aws-sdk:sagemaker:createTransformJob",
        "Parameters": {
            "TransformJobName.$": "$.tries.name",
            **request,
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())],
        },
        "ResultPath": "$.created",
        "Retry": [retry(60, 6)],
        "Catch": caught("Again?"),
        "Next": "Wait",
    }


def _describe(integrations: str) -> State:
    """Of the answer only what is needed stays: a state's data has 256 KiB."""
    return {
        "Type": "Task",
        "Resource": f"{integrations}:aws-sdk:sagemaker:describeTransformJob",
        "Parameters": {"TransformJobName.$": "$.tries.name"},
        "ResultPath": "$.job",
        "Retry": [retry(10, 8)],
        "Catch": caught("Stop"),
        "Next": "Count",
    }


def _counted(counter: str, following: str) -> State:
    kept = {f"{name}.$": f"$.tries.{name}" for name in ("name", "attempts", "polls") if name != counter}
    return {
        "Type": "Pass",
        "Parameters": {**kept, f"{counter}.$": f"States.MathAdd($.tries.{counter}, 1)"},
        "ResultPath": "$.tries",
        "Next": following,
    }


def _ended(polls: int) -> State:
    status = "$.job.TransformJobStatus"
    running = {"Or": [{"Variable": status, "StringEquals": name} for name in ("InProgress", "Stopping")]}
    return {
        "Type": "Choice",
        "Choices": [
            {"Variable": status, "StringEquals": "Completed", "Next": "Succeeded"},
            {"And": [running, {"Variable": "$.tries.polls", "NumericLessThan": polls}], "Next": "Wait"},
            {**running, "Next": "Stop"},
        ],
        "Default": "Again?",
    }


def _stop(integrations: str) -> State:
    """A job that takes too long, or cannot be looked at: one that has just ended refuses, which is as good."""
    return {
        "Type": "Task",
        "Resource": f"{integrations}:aws-sdk:sagemaker:stopTransformJob",
        "Parameters": {"TransformJobName.$": "$.tries.name"},
        "ResultPath": None,
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Again?"}],
        "Next": "Again?",
    }


def _again(attempts: int, *, told: bool) -> State:
    left = {"Variable": "$.tries.attempts", "NumericLessThan": attempts, "Next": "Name"}
    return {"Type": "Choice", "Choices": [left], "Default": "Notify" if told else "Failed"}

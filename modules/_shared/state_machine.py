"""What the state machines here share: tries, what is caught, a message at the end, rights to log and trace. No toolkit."""

from __future__ import annotations

from typing import Any

State = dict[str, Any]
TRANSIENT = ("SageMaker.ResourceLimitExceededException", "SageMaker.SageMakerException", "SageMaker.SdkClientException", "States.Timeout")
"""Errors of the SDK integration that a later call may not meet: throttling and what SageMaker itself says has no name of its own."""
DELIVER_LOGS = (
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
TRACE = ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments")


def retry(seconds: int, attempts: int, *more: str) -> State:
    """A retrier for transient errors, and for those in `more`: `seconds` before the first of `attempts`, then twice as long each time."""
    return {
        "ErrorEquals": sorted([*TRANSIENT, *more]),
        "IntervalSeconds": seconds,
        "BackoffRate": 2,
        "MaxAttempts": attempts,
        "MaxDelaySeconds": 600,
        "JitterStrategy": "FULL",
    }


def caught(following: str) -> list[State]:
    """A catcher: whatever happens, the error is kept, and `following` is next."""
    return [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": following}]


def notify(integrations: str, subject: str, topic_arn: str) -> State:
    """Everything that is known goes into the message; then the state `Failed`. `integrations`: `arn:<partition>:states::`."""
    return {
        "Type": "Task",
        "Resource": f"{integrations}:sns:publish",
        "Parameters": {"TopicArn": topic_arn, "Subject": subject[:100], "Message.$": "States.JsonToString($)"},
        "ResultPath": None,
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 5}],
        "Next": "Failed",
    }

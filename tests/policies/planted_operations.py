"""Violations of the policies for an environment's life."""

from __future__ import annotations

import json
from typing import Any

from tests.policies import planted_fargate, planted_training
from tests.policies.planted import KEY, Case, Change, add, both, drop, put
from tests.policies.platform import ARN

MACHINE = "aws_sfn_state_machine.planted"


def _machine(*tags: dict[str, str]) -> Change:
    """A state machine that starts transform jobs with these tags."""
    create = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sagemaker:createTransformJob",
        "Parameters": {"TransformJobName.$": "$.name", "Tags": list(tags)},
        "End": True,
    }
    definition = json.dumps({"StartAt": "Create", "States": {"Create": create}})
    logging = {"include_execution_data": True, "level": "ALL", "log_destination": "arn:aws:logs:eu-west-1:333333333333:log-group:x:*"}
    body = {
        "name": "slipway-prod-batch",
        "role_arn": f"{ARN}:role/slipway-prod-batch",
        "definition": definition,
        "logging_configuration": logging,
        "tracing_configuration": {"enabled": True},
    }
    return add("prod-serving", MACHINE, body)


def _untagged(definition: dict[str, Any]) -> None:
    del definition["Steps"][1]["Arguments"]["Tags"]


def _half_tagged(definition: dict[str, Any]) -> None:
    definition["Steps"][0]["Arguments"]["Tags"] = [{"Key": "project", "Value": "slipway"}]


def _service(change: Change) -> Change:
    return both(planted_fargate.CLEAN, change)


PLANTED: dict[str, tuple[Case, ...]] = {
    "CKV_SLIPWAY_93": (
        Case("billed to another project", put(KEY, "tags", {"project": "other"}), KEY),
        Case("no tags for tasks", _service(drop(planted_fargate.SERVICE, "propagate_tags")), planted_fargate.SERVICE),
        Case("NONE for tasks", _service(put(planted_fargate.SERVICE, "propagate_tags", "NONE")), planted_fargate.SERVICE),
        Case("a step without tags", planted_training.plant(_untagged), planted_training.PIPELINE),
        Case("a step with half of them", planted_training.plant(_half_tagged), planted_training.PIPELINE),
        Case("a job of a state machine", _machine({"Key": "project", "Value": "slipway"}), MACHINE),
    ),
}

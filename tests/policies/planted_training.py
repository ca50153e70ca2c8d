"""Violations of the policies for training pipelines, planted into the clean platform with a clean pipeline beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.policies.planted import Case, Change
from tests.policies.platform import ARN, Body, Documents, stack

PIPELINE = "aws_sagemaker_pipeline.wine"
_DIGEST = f"333333333333.dkr.ecr.eu-west-1.amazonaws.com/slipway-prod-training@sha256:{'a' * 64}"
_KEY = "arn:aws:kms:eu-west-1:333333333333:key/00000000-0000-0000-0000-000000000000"

TAGS = [{"Key": "environment", "Value": "prod"}, {"Key": "project", "Value": "slipway"}]


def clean() -> dict[str, Any]:
    """Prepare, train, register when good enough."""
    prepare = {
        "Tags": TAGS,
        "AppSpecification": {"ImageUri": _DIGEST},
        "ProcessingOutputConfig": {"KmsKeyId": _KEY, "Outputs": []},
        "NetworkConfig": {"EnableNetworkIsolation": True},
    }
    train = {
        "Tags": TAGS,
        "AlgorithmSpecification": {"TrainingImage": _DIGEST},
        "OutputDataConfig": {"KmsKeyId": _KEY},
        "EnableNetworkIsolation": True,
    }
    register = {
        "ModelApprovalStatus": {"Get": "Parameters.Approval"},
        "InferenceSpecification": {"Containers": [{"Image": _DIGEST}]},
        "ModelMetrics": {"ModelQuality": {}},
    }
    check = {"Conditions": [], "IfSteps": [{"Name": "Register", "Type": "RegisterModel", "Arguments": register}], "ElseSteps": []}
    return {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "Approval", "Type": "String", "DefaultValue": "PendingManualApproval"}],
        "Steps": [
            {"Name": "Prepare", "Type": "Processing", "Arguments": prepare},
            {"Name": "Train", "Type": "Training", "Arguments": train},
            {"Name": "Check", "Type": "Condition", "Arguments": check},
        ],
    }


def training_stack(definition: Any) -> Body:
    """The document of `prod-training`."""
    body = {
        "pipeline_name": "slipway-prod-wine-training",
        "pipeline_display_name": "wine",
        "role_arn": f"{ARN}:role/slipway-prod-training-jobs-wine",
        "pipeline_definition": definition if isinstance(definition, str) else json.dumps(definition),
    }
    return stack("prod-training", {"aws_sagemaker_pipeline": {"wine": body}})


def plant(change: Callable[[dict[str, Any]], object]) -> Change:
    """The clean pipeline with one thing changed in its definition."""

    def planted(documents: Documents) -> None:
        definition = clean()
        change(definition)
        documents["prod-training"] = training_stack(definition)

    return planted


def unreadable(documents: Documents) -> None:
    documents["prod-training"] = training_stack('${file("definition.json")}')


def _arguments(definition: dict[str, Any], step: int) -> dict[str, Any]:
    found: dict[str, Any] = definition["Steps"][step]["Arguments"]
    return found


def _registration(definition: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = _arguments(definition, 2)["IfSteps"][0]["Arguments"]
    return found


def _bare(definition: dict[str, Any]) -> None:
    definition["Steps"].append(_arguments(definition, 2)["IfSteps"].pop())


def _in_else(definition: dict[str, Any]) -> None:
    _arguments(definition, 2)["ElseSteps"].append(_arguments(definition, 2)["IfSteps"].pop())


def _tuned(definition: dict[str, Any]) -> None:
    job = _arguments(definition, 1)
    job["AlgorithmSpecification"]["TrainingImage"] = "training:latest"
    definition["Steps"][1] = {"Name": "Tune", "Type": "Tuning", "Arguments": {"TrainingJobDefinition": job, "Tags": TAGS}}


PLANTED: dict[str, list[Case]] = {
    "CKV_SLIPWAY_85": [
        Case("image by tag", plant(lambda d: _arguments(d, 0)["AppSpecification"].update(ImageUri="training:latest")), PIPELINE),
        Case("tuned image by tag", plant(_tuned), PIPELINE),
        Case(
            "package by tag",
            plant(lambda d: _registration(d)["InferenceSpecification"]["Containers"][0].update(Image="inference:1")),
            PIPELINE,
        ),
        Case("with network", plant(lambda d: _arguments(d, 1).update(EnableNetworkIsolation=False)), PIPELINE),
        Case("processing with network", plant(lambda d: _arguments(d, 0).pop("NetworkConfig")), PIPELINE),
        Case("plain output", plant(lambda d: _arguments(d, 1)["OutputDataConfig"].pop("KmsKeyId")), PIPELINE),
    ],
    "CKV_SLIPWAY_86": [
        Case("no condition", plant(_bare), PIPELINE),
        Case("when the condition does not hold", plant(_in_else), PIPELINE),
        Case("no metrics", plant(lambda d: _registration(d).pop("ModelMetrics")), PIPELINE),
    ],
    "CKV_SLIPWAY_87": [
        Case("approved by itself", plant(lambda d: _registration(d).update(ModelApprovalStatus="Approved")), PIPELINE),
        Case("approved by default", plant(lambda d: d["Parameters"][0].update(DefaultValue="Approved")), PIPELINE),
    ],
}

"""Experiments: a job with an ExperimentConfig is a trial component of its trial, with its hyperparameters and final metrics.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ExperimentConfig.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.utils import utcnow
from moto.sagemaker.models import sagemaker_backends

from slipway.localaws.jobs.state import JobState
from slipway.localaws.lock import LOCK


def open_trial(account: str, region: str, experiment: str, trial: str) -> None:
    """Make experiment and trial unless they are there, as a pipeline execution does."""
    with LOCK:
        backend = sagemaker_backends[account][region]
        if experiment not in backend.experiments:
            backend.create_experiment(experiment)
        if trial not in backend.trials:
            backend.create_trial(trial, experiment)


def record(state: JobState, values: Mapping[str, float], status: str) -> None:
    """Write down what became of the job; nothing without an ExperimentConfig."""
    config: dict[str, str] = state.request.get("ExperimentConfig", {})
    trial = config.get("TrialName")
    if not trial:
        return
    suffix = "aws-training-job" if state.kind.word == "TrainingJob" else "aws-processing-job"
    name = f"{state.name}-{suffix}"
    now = utcnow()
    with LOCK:
        backend = sagemaker_backends[state.account][state.region]
        if trial not in backend.trials:
            return
        backend.create_trial_component(
            trial_component_name=name,
            display_name=config.get("TrialComponentDisplayName", name),
            start_time=state.members["CreationTime"],
            end_time=now,
            status={"PrimaryStatus": status, "Message": state.arn},
            parameters={key: _value(value) for key, value in state.request.get("HyperParameters", {}).items()},
            input_artifacts={},
            output_artifacts={},
            metadata_properties={},
            trial_name=trial,
        )
        backend.associate_trial_component(trial, name)
        component = backend.trial_components[name]
        component.tags = list(state.request.get("Tags", []))
        component.sources = [{"SourceArn": state.arn, "SourceType": f"SageMaker{state.kind.word}"}]
        component.metrics = {metric: {"Timestamp": now.timestamp(), "Values": {1: {"Value": value}}} for metric, value in values.items()}


def _value(text: str) -> dict[str, Any]:
    try:
        return {"NumberValue": float(text)}
    except ValueError:
        return {"StringValue": text}

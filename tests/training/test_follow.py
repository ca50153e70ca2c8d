"""What following tells of a step that runs for long: how far its job is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from slipway.training.executions import Pipeline, Step

TUNING = {
    "TrainingJobStatusCounters": {"Completed": 3, "InProgress": 2, "NonRetryableError": 1},
    "HyperParameterTuningJobConfig": {"ResourceLimits": {"MaxNumberOfTrainingJobs": 10}},
}
CLIENT = SimpleNamespace(
    describe_training_job=lambda TrainingJobName: {"SecondaryStatus": f"Downloading {TrainingJobName}"},
    describe_hyper_parameter_tuning_job=lambda HyperParameterTuningJobName: TUNING,
)


@pytest.mark.parametrize(
    ("kind", "arn", "said"),
    [
        ("Training", "arn:aws:sagemaker:eu-west-1:111111111111:training-job/t", "Downloading t"),
        ("Tuning", "arn:aws:sagemaker:eu-west-1:111111111111:hyper-parameter-tuning-job/h", "training jobs: 4 of 10 have ended"),
        ("Training", "", ""),
        ("Processing", "arn:aws:sagemaker:eu-west-1:111111111111:processing-job/p", ""),
    ],
)
def test_how_far_a_job_is(kind: str, arn: str, said: str):
    account: Any = SimpleNamespace(client=lambda _service: CLIENT)
    assert Pipeline(account, "wine", "slipway-dev-wine-training", {}).progress(Step("A", kind, "Executing", arn)) == said

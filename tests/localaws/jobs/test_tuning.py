"""Tuning jobs: real training jobs, the best of them, what is tried next."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.jobs.search import proposals
from tests.localaws.jobs.lab import ROLE, Jobs, folders_left, metric

PROGRAM = "x = float(hp['x']); print(f'loss={(x - 3) ** 2};', flush=True); (ml / 'model/w').write_text(str(x))"
CHOICES = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1", "3", "8"]}]}


def request(jobs: Jobs, program: str = PROGRAM, **config: Any) -> dict[str, Any]:
    """A CreateHyperParameterTuningJob request."""
    return {
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Grid",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": CHOICES,
            **config,
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {"program": program},
            "AlgorithmSpecification": {"TrainingImage": jobs.image, "TrainingInputMode": "File", "MetricDefinitions": [metric("loss")]},
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": "s3://data/tuned"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        },
    }


def ended(jobs: Jobs) -> dict[str, Any]:
    return jobs.wait("hyper_parameter_tuning_job", "HyperParameterTuningJob", "tune")


def test_a_grid_is_tried_and_the_best_is_known(jobs: Jobs):
    jobs.sagemaker.create_hyper_parameter_tuning_job(**request(jobs))
    found = ended(jobs)
    best = found["BestTrainingJob"]
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert best["TunedHyperParameters"] == {"x": "3"}
    assert best["FinalHyperParameterTuningJobObjectiveMetric"] == {"Type": "Minimize", "MetricName": "loss", "Value": 0.0}
    assert found["TrainingJobStatusCounters"]["Completed"] == found["ObjectiveStatusCounters"]["Succeeded"] == 3
    assert f"tuned/{best['TrainingJobName']}/output/model.tar.gz" in jobs.keys("tuned")
    listed = jobs.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tune", SortBy="FinalObjectiveMetricValue", SortOrder="Ascending"
    )["TrainingJobSummaries"]
    assert [item["TunedHyperParameters"]["x"] for item in listed] == ["3", "1", "8"]
    child = jobs.sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert child["HyperParameters"]["_tuning_objective_metric"] == "loss" and child["TuningJobArn"] == found["HyperParameterTuningJobArn"]
    (summary,) = jobs.sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert summary["HyperParameterTuningJobStatus"] == "Completed"


def test_no_good_job_is_a_failure(jobs: Jobs):
    jobs.sagemaker.create_hyper_parameter_tuning_job(**request(jobs, program="sys.exit(1)"))
    found = ended(jobs)
    assert found["HyperParameterTuningJobStatus"] == "Failed" and "exit code: 1" in found["FailureReason"]
    assert found["TrainingJobStatusCounters"]["NonRetryableError"] == 3


def test_stop_ends_the_training_jobs(jobs: Jobs):
    jobs.sagemaker.create_hyper_parameter_tuning_job(**request(jobs, program="import time; time.sleep(60)"))
    jobs.until(folders_left)
    jobs.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    assert ended(jobs)["HyperParameterTuningJobStatus"] == "Stopped" and folders_left() == []


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "gain"}}, "Objective metric gain is none"),
        ({"ParameterRanges": {"CategoricalParameterRanges": [{"Name": "program", "Values": ["1"]}]}}, "both static and tuned"),
        ({"ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 2}}, "must not be greater"),
    ],
)
def test_requests_that_sagemaker_refuses(jobs: Jobs, config: dict[str, Any], message: str):
    with pytest.raises(ClientError) as refused:
        jobs.sagemaker.create_hyper_parameter_tuning_job(**request(jobs, **config))
    assert message in str(refused.value)


def test_random_values_keep_to_their_ranges_and_the_seed_decides_them():
    ranges = {
        "ContinuousParameterRanges": [
            {"Name": "rate", "MinValue": "0.0001", "MaxValue": "1", "ScalingType": "Logarithmic"},
            {"Name": "momentum", "MinValue": "0.5", "MaxValue": "0.999", "ScalingType": "ReverseLogarithmic"},
        ],
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "5"}],
    }
    drawn = list(itertools.islice(proposals({"Strategy": "Random"}, ranges, 7), 200))
    assert drawn == list(itertools.islice(proposals({"Strategy": "Bayesian"}, ranges, 7), 200))
    assert {item["depth"] for item in drawn} == {"2", "3", "4", "5"}
    assert all(0.0001 <= float(item["rate"]) <= 1 and 0.5 <= float(item["momentum"]) <= 0.999 for item in drawn)
    assert 60 < sum(float(item["rate"]) < 0.01 for item in drawn) < 140  # half of its logarithm lies below 0.01


def test_choices_end_when_all_were_tried():
    assert len(list(proposals({"Strategy": "Random"}, CHOICES, 1))) == 3

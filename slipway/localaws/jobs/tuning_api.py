"""Actions of hyperparameter tuning jobs: moto's records with real training jobs behind them."""

from __future__ import annotations

import copy
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.responses import SageMakerResponse

from slipway.localaws.jobs.state import TUNING, JobState
from slipway.localaws.patches import adds, wraps
from slipway.localaws.sagemaker.changes import described, remember

_RECORD = "moto tunes nothing: every job is Completed at once, with an invented best one"


@wraps(SageMakerResponse, "create_hyper_parameter_tuning_job", _RECORD)
def create_hyper_parameter_tuning_job(original: Any, self: Any) -> ActionResult:
    """Check the request and start the job."""
    request = copy.deepcopy(dict(self.params))
    _check(request)
    answer: ActionResult = original(self)
    entry = self.sagemaker_backend.hyper_parameter_tuning_jobs[request["HyperParameterTuningJobName"]]
    entry.tags = entry.tags or []
    remember(entry, request)
    begin(JobState(TUNING, self.current_account, self.region, entry, request))
    return answer


@wraps(SageMakerResponse, "describe_hyper_parameter_tuning_job", _RECORD)
def describe_hyper_parameter_tuning_job(_original: Any, self: Any) -> ActionResult:
    """The request, and what became of it."""
    state = _state(self)
    arn = {"HyperParameterTuningJobArn": state.arn}
    return ActionResult({**described(state.entry, "DescribeHyperParameterTuningJobResponse"), **arn, **state.members})


@wraps(SageMakerResponse, "list_hyper_parameter_tuning_jobs", _RECORD)
def list_hyper_parameter_tuning_jobs(original: Any, self: Any) -> ActionResult:
    """Summaries with the counters as they are."""
    answer: ActionResult = original(self)
    for summary in answer.result["HyperParameterTuningJobSummaries"]:
        members = self.sagemaker_backend.hyper_parameter_tuning_jobs[summary["HyperParameterTuningJobName"]].job.members
        for name in ("TrainingJobStatusCounters", "ObjectiveStatusCounters"):
            summary[name] = members[name]
        if summary.get("HyperParameterTuningEndTime") is None:
            summary.pop("HyperParameterTuningEndTime", None)
    return answer


@adds(SageMakerResponse, "moto has no StopHyperParameterTuningJob")
def stop_hyper_parameter_tuning_job(self: Any) -> ActionResult:
    """Stop the training jobs that run; start no more."""
    _state(self).stop()
    return EmptyResult()


@adds(SageMakerResponse, "moto does not have it")
def list_training_jobs_for_hyper_parameter_tuning_job(self: Any) -> ActionResult:
    """The training jobs; sorted as asked for, by creation otherwise."""
    jobs = [dict(job) for job in getattr(_state(self).entry, "tuned", {}).values()]
    if status := self._get_param("StatusEquals"):
        jobs = [job for job in jobs if job["TrainingJobStatus"] == status]
    if self._get_param("SortBy") == "FinalObjectiveMetricValue":
        metric = "FinalHyperParameterTuningJobObjectiveMetric"
        jobs = sorted((job for job in jobs if metric in job), key=lambda job: job[metric]["Value"])
    elif self._get_param("SortBy") in ("Name", "Status"):
        jobs.sort(key=lambda job: job[f"TrainingJob{self._get_param('SortBy')}"])
    if self._get_param("SortOrder") == "Descending":
        jobs.reverse()
    start, most = int(self._get_param("NextToken") or 0), int(self._get_param("MaxResults") or 100)
    token = {"NextToken": str(start + most)} if start + most < len(jobs) else {}
    return ActionResult({"TrainingJobSummaries": jobs[start : start + most], **token})


def begin(state: JobState) -> None:
    """Run the job in the background, unless the journal is being replayed: it says how the job ended."""
    from slipway.localaws.jobs.tuning import TuningRun

    zero = dict.fromkeys(("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0)
    state.set(TrainingJobStatusCounters=zero, ObjectiveStatusCounters=dict.fromkeys(("Succeeded", "Pending", "Failed"), 0))
    state.run(lambda work: TuningRun(state, work).run())


def _check(request: dict[str, Any]) -> None:
    """What CreateHyperParameterTuningJob refuses beyond botocore's own checks."""
    config, definition = request["HyperParameterTuningJobConfig"], request.get("TrainingJobDefinition")
    if definition is None:
        raise ValidationError("The local AWS runs tuning jobs with one TrainingJobDefinition only.")
    objective = config.get("HyperParameterTuningJobObjective") or definition.get("TuningObjective")
    metrics = [item["Name"] for item in definition["AlgorithmSpecification"].get("MetricDefinitions", [])]
    if not objective or objective["MetricName"] not in metrics:
        name = objective["MetricName"] if objective else "none"
        raise ValidationError(f"Objective metric {name} is none of the metric definitions: {metrics}.")
    ranges = config.get("ParameterRanges") or definition.get("HyperParameterRanges", {})
    tuned = [item["Name"] for items in ranges.values() if isinstance(items, list) for item in items]
    both = sorted(set(tuned) & set(definition.get("StaticHyperParameters", {})))
    if both:
        raise ValidationError(f"Hyperparameters [{', '.join(both)}] are both static and tuned.")
    limits = config["ResourceLimits"]
    if limits["MaxParallelTrainingJobs"] > limits.get("MaxNumberOfTrainingJobs", limits["MaxParallelTrainingJobs"]):
        raise ValidationError("MaxParallelTrainingJobs must not be greater than MaxNumberOfTrainingJobs.")


def _state(response: Any) -> JobState:
    name = response._get_param("HyperParameterTuningJobName")
    response.sagemaker_backend.describe_hyper_parameter_tuning_job(name)
    state: JobState = response.sagemaker_backend.hyper_parameter_tuning_jobs[name].job
    return state

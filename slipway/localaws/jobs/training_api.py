"""CreateTrainingJob, DescribeTrainingJob, ListTrainingJobs, StopTrainingJob: moto's records with real jobs behind them."""

from __future__ import annotations

import copy
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import ResourceInUseException, ValidationError
from moto.sagemaker.responses import SageMakerResponse

from slipway.errors import InputError
from slipway.localaws.jobs.state import TRAINING, JobState
from slipway.localaws.patches import adds, wraps
from slipway.localaws.sagemaker.changes import described, remember
from slipway.localaws.sagemaker.checks import check_job
from slipway.training.job import Job, check
from slipway.training.metrics import Collector, MetricDefinition

_RECORD = "moto trains nothing: every job is Completed at once, with invented metrics"


@wraps(SageMakerResponse, "create_training_job", _RECORD + "; it also overwrites a job of the same name")
def create_training_job(original: Any, self: Any) -> ActionResult:
    """Check the request and start the job."""
    backend, name, request = self.sagemaker_backend, self._get_param("TrainingJobName"), copy.deepcopy(dict(self.params))
    if name in backend.training_jobs:
        raise ResourceInUseException(f"Training job names must be unique within an AWS account and region, and {name} already exists.")
    _check(request)
    check_job(request, self.current_account, [request["AlgorithmSpecification"].get("TrainingImage", "")])
    answer: ActionResult = original(self)
    entry = backend.training_jobs[name]
    remember(entry, request)
    begin(JobState(TRAINING, self.current_account, self.region, entry, request))
    return answer


@wraps(SageMakerResponse, "describe_training_job", _RECORD)
def describe_training_job(_original: Any, self: Any) -> ActionResult:
    """The request, and what became of it."""
    self.sagemaker_backend.describe_training_job(self._get_param("TrainingJobName"))
    state: JobState = self.sagemaker_backend.training_jobs[self._get_param("TrainingJobName")].job
    flags = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining")
    defaults = dict.fromkeys(flags, False)
    return ActionResult({**defaults, **described(state.entry, "DescribeTrainingJobResponse"), "TrainingJobArn": state.arn, **state.members})


@adds(SageMakerResponse, "moto has no StopTrainingJob")
def stop_training_job(self: Any) -> ActionResult:
    """SIGTERM to the container; what it saved as its model is kept."""
    self.sagemaker_backend.describe_training_job(self._get_param("TrainingJobName"))
    self.sagemaker_backend.training_jobs[self._get_param("TrainingJobName")].job.stop()
    return EmptyResult()


def begin(state: JobState) -> None:
    """Run the job in the background."""
    from slipway.localaws.jobs.training import TrainingRun

    state.run(lambda work: TrainingRun(state, work).run(), SecondaryStatus="Failed")


def _check(request: dict[str, Any]) -> None:
    """What CreateTrainingJob refuses beyond botocore's own checks."""
    limits = request["StoppingCondition"]
    try:
        check(Job(request["TrainingJobName"], request.get("HyperParameters", {}), {}))
        definitions = request["AlgorithmSpecification"].get("MetricDefinitions", [])
        Collector(MetricDefinition(item["Name"], item["Regex"]) for item in definitions)
    except InputError as refused:
        raise ValidationError(f"{refused.message} ({refused.fix})") from None
    if request.get("EnableManagedSpotTraining") and "MaxWaitTimeInSeconds" not in limits:
        raise ValidationError("MaxWaitTimeInSeconds above 0 is required when EnableManagedSpotTraining is true.")
    if "MaxWaitTimeInSeconds" in limits and not request.get("EnableManagedSpotTraining"):
        raise ValidationError("MaxWaitTimeInSeconds can only be set when EnableManagedSpotTraining is true.")
    if limits.get("MaxWaitTimeInSeconds", limits.get("MaxRuntimeInSeconds", 0)) < limits.get("MaxRuntimeInSeconds", 0):
        raise ValidationError("MaxWaitTimeInSeconds must be greater than or equal to MaxRuntimeInSeconds.")
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig", [])]
    if len(names) != len(set(names)):
        raise ValidationError("Channel names must be unique.")

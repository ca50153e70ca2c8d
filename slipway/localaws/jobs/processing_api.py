"""CreateProcessingJob, DescribeProcessingJob, StopProcessingJob: moto's records with real jobs behind them."""

from __future__ import annotations

import copy
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import ResourceInUseException, ValidationError
from moto.sagemaker.responses import SageMakerResponse

from slipway.localaws.jobs.state import PROCESSING, JobState
from slipway.localaws.patches import wraps
from slipway.localaws.sagemaker.changes import described, remember
from slipway.localaws.sagemaker.checks import check_job

_RECORD = "moto processes nothing: every job is Completed at once"


@wraps(SageMakerResponse, "create_processing_job", _RECORD + "; it also overwrites a job of the same name")
def create_processing_job(original: Any, self: Any) -> ActionResult:
    """Check the request and start the job."""
    backend, name, request = self.sagemaker_backend, self._get_param("ProcessingJobName"), copy.deepcopy(dict(self.params))
    if name in backend.processing_jobs:
        raise ResourceInUseException(f"Processing job names must be unique within an AWS account and region, and {name} already exists.")
    _check(request)
    check_job(request, self.current_account, [request["AppSpecification"]["ImageUri"]])
    answer: ActionResult = original(self)
    entry = backend.processing_jobs[name]
    remember(entry, request)
    begin(JobState(PROCESSING, self.current_account, self.region, entry, request))
    return answer


@wraps(SageMakerResponse, "describe_processing_job", _RECORD)
def describe_processing_job(_original: Any, self: Any) -> ActionResult:
    """The request, and what became of it."""
    self.sagemaker_backend.describe_processing_job(self._get_param("ProcessingJobName"))
    state: JobState = self.sagemaker_backend.processing_jobs[self._get_param("ProcessingJobName")].job
    return ActionResult({**described(state.entry, "DescribeProcessingJobResponse"), "ProcessingJobArn": state.arn, **state.members})


@wraps(SageMakerResponse, "stop_processing_job", _RECORD)
def stop_processing_job(_original: Any, self: Any) -> ActionResult:
    """SIGTERM to the container."""
    self.sagemaker_backend.describe_processing_job(self._get_param("ProcessingJobName"))
    self.sagemaker_backend.processing_jobs[self._get_param("ProcessingJobName")].job.stop()
    return EmptyResult()


def begin(state: JobState) -> None:
    """Run the job in the background."""
    from slipway.localaws.jobs.processing import ProcessingRun

    state.run(lambda work: ProcessingRun(state, work).run())


def _check(request: dict[str, Any]) -> None:
    """Names of inputs and outputs are unique, and their folders are the job's own."""
    inputs = request.get("ProcessingInputs", [])
    outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    for items, name in ((inputs, "InputName"), (outputs, "OutputName")):
        names = [item[name] for item in items]
        if len(names) != len(set(names)):
            raise ValidationError(f"{name} must be unique within a processing job.")
    for item in [*(item.get("S3Input", {}) for item in inputs), *(item.get("S3Output", {}) for item in outputs)]:
        path = item.get("LocalPath", "/opt/ml/processing/x")
        if not path.startswith("/opt/ml/processing"):
            raise ValidationError(f"LocalPath {path} must start with /opt/ml/processing.")

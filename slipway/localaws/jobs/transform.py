"""Transform jobs as SageMaker answers for them: create, describe, list, stop. What runs behind them is `transform_run`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeTransformJob, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from slipway.localaws.hosting import settings as hosting_settings
from slipway.localaws.hosting.definition import Definition, containers_of
from slipway.localaws.jobs import live
from slipway.localaws.jobs.transform_data import processing
from slipway.localaws.jobs.transform_run import Ended, TransformRun
from slipway.localaws.jobs.transform_settings import MOST_MEGABYTES
from slipway.localaws.lock import LOCK
from slipway.localaws.model import enum_values
from slipway.localaws.patches import adds, wraps
from slipway.localaws.sagemaker.changes import described, find, remember

_RUNS = "moto says Completed at once and does nothing"


@wraps(SageMakerResponse, "create_transform_job", _RUNS)
def create_transform_job(original: Any, self: Any) -> ActionResult:
    """Begin a job with a model that exists."""
    backend, name, request = self.sagemaker_backend, self._get_param("TransformJobName"), dict(self.params)
    if name in backend.transform_jobs:
        raise ValidationError(f'Cannot create already existing transform job "{backend.transform_jobs[name].arn}".')
    model = find(backend._models, request["ModelName"], "model", self)
    _check(request, model.request)
    answer: ActionResult = original(self)
    job = backend.transform_jobs[name]
    remember(job, request)
    job.tags = request.get("Tags", [])
    job.transform_job_status, job.failure_reason, job.transform_end_time, job.run = "InProgress", "", None, None
    why = _why_not_run(definition := _definition(self, request, model))
    if why:
        _end(job, definition, Ended("Stopped" if live.holding() else "Failed", "" if live.holding() else why))
    else:
        job.run = TransformRun(definition, request, lambda ended: _end(job, definition, ended))
        _tell(job, definition)
    return answer


@wraps(SageMakerResponse, "describe_transform_job", _RUNS)
def describe_transform_job(_original: Any, self: Any) -> ActionResult:
    """The request, with state and times."""
    job = find(self.sagemaker_backend.transform_jobs, self._get_param("TransformJobName"), "transform job", self)
    return ActionResult({**described(job, "DescribeTransformJobResponse"), **_state(job), "TransformStartTime": job.transform_start_time})


@wraps(SageMakerModelBackend, "list_transform_jobs", "moto cuts pages before it filters, and does not sort")
def list_transform_jobs(_original: Any, self: Any, **asked: Any) -> dict[str, Any]:
    """One page; the sort order comes by `sort_of`, since moto does not pass it on."""
    jobs = [job for job in self.transform_jobs.values() if _wanted(job, asked)]
    order, key = self.__dict__.pop("slipway_sort", ("Ascending", "CreationTime"))
    attribute = {"Name": "transform_job_name", "Status": "transform_job_status"}.get(key, "creation_time")
    jobs.sort(key=lambda job: getattr(job, attribute), reverse=order == "Descending")
    start = int(asked.get("next_token") or 0)
    end = start + int(asked.get("max_results") or 10)
    found: dict[str, Any] = {
        "TransformJobSummaries": [{**_state(job), "LastModifiedTime": job.last_modified_time} for job in jobs[start:end]]
    }
    return {**found, "NextToken": str(end)} if end < len(jobs) else found


@wraps(SageMakerResponse, "list_transform_jobs", "moto does not pass the sort order on")
def sort_of(original: Any, self: Any) -> ActionResult:
    """Keep the order for the backend's call."""
    self.sagemaker_backend.slipway_sort = (self._get_param("SortOrder", "Descending"), self._get_param("SortBy", "CreationTime"))
    answer: ActionResult = original(self)
    return answer


@adds(SageMakerResponse, "moto has no StopTransformJob")
def stop_transform_job(self: Any) -> EmptyResult:
    """End a job; its containers are killed and files that are not done have no output."""
    job = find(self.sagemaker_backend.transform_jobs, self._get_param("TransformJobName"), "transform job", self)
    if job.transform_job_status == "InProgress":
        job.transform_job_status, job.last_modified_time = "Stopping", utcnow()
        _tell(job, job.run.definition)
        job.run.stop()
    elif job.transform_job_status != "Stopping":
        raise ValidationError(
            f"The request was rejected because the transform job is in status {job.transform_job_status}; only InProgress can be stopped."
        )
    return EmptyResult()


@wraps(SageMakerResponse, "create_compilation_job", "moto says COMPLETED and compiles nothing")
def create_compilation_job(_original: Any, _self: Any) -> ActionResult:
    """There is no compiler here, and a result that is none would be worse than none."""
    raise NotImplementedError("the local AWS has no SageMaker Neo")


def _check(request: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    """AWS's rules between the members; botocore's model has those of single members."""
    megabytes, concurrent = int(request.get("MaxPayloadInMB", 6)), int(request.get("MaxConcurrentTransforms") or 1)
    if megabytes > MOST_MEGABYTES or megabytes * concurrent > MOST_MEGABYTES:
        raise ValidationError(f"MaxPayloadInMB {megabytes} times MaxConcurrentTransforms {concurrent} must not exceed {MOST_MEGABYTES} MB.")
    kind, types = request["TransformResources"]["InstanceType"], enum_values("sagemaker", "TransformInstanceType")
    if kind not in types:
        raise ValidationError(
            f"1 validation error detected: Value '{kind}' at 'transformResources.instanceType' failed to satisfy constraint: "
            f"Member must satisfy enum value set: {list(types)}"
        )
    if request["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] == "AugmentedManifestFile":
        raise ValidationError("AugmentedManifestFile is not supported for batch transform: use S3Prefix or ManifestFile.")
    if any(container.get("Mode") == "MultiModel" for container in containers_of(dict(model))):
        raise ValidationError("Batch Transform does not support models with a container in MultiModel mode.")
    try:
        processing(request)
    except ValueError as error:
        raise ValidationError(str(error)) from None


def _definition(response: Any, request: Mapping[str, Any], model: Any) -> Definition:
    name = request["ModelName"]
    return Definition(response.current_account, response.region, name, {"ProductionVariants": []}, {name: dict(model.request)})


def _why_not_run(definition: Definition) -> str:
    """Why no container can run; empty when one will."""
    if live.holding():
        return "the journal is being replayed"
    if hosting_settings.mode() == "off":
        return f"InternalServerError: {hosting_settings.MODE} is off, so the local AWS runs no containers"
    if image := definition.missing_image():
        return f"ClientError: the image {image} is not in the local ECR, so the local AWS has nothing to run"
    return ""


def _end(job: FakeTransformJob, definition: Definition, ended: Ended) -> None:
    with LOCK:
        job.transform_job_status, job.failure_reason = ended.status, ended.reason
        job.transform_end_time = job.last_modified_time = utcnow()
    _tell(job, definition)


def _state(job: Any) -> dict[str, Any]:
    found = {
        "TransformJobName": job.transform_job_name,
        "TransformJobArn": job.arn,
        "CreationTime": job.creation_time,
        "TransformJobStatus": job.transform_job_status,
        "TransformEndTime": job.transform_end_time,
        "FailureReason": job.failure_reason,
    }
    return {name: value for name, value in found.items() if value}


def _wanted(job: Any, asked: Mapping[str, Any]) -> bool:
    """Whether the job passes the filters of ListTransformJobs."""
    name, status = asked.get("name_contains"), asked.get("status_equals")
    after, before = asked.get("creation_time_after"), asked.get("creation_time_before")
    return bool(
        (not name or name in job.transform_job_name)
        and (not status or job.transform_job_status == status)
        and (not after or job.creation_time > after)
        and (not before or job.creation_time < before)
        and (not asked.get("last_modified_time_after") or job.last_modified_time > asked["last_modified_time_after"])
        and (not asked.get("last_modified_time_before") or job.last_modified_time < asked["last_modified_time_before"])
    )


def _tell(job: Any, definition: Definition) -> None:
    """EventBridge's `SageMaker Transform Job State Change`."""
    from slipway.localaws.events import bus

    detail = {name: str(value) if hasattr(value, "isoformat") else value for name, value in {**job.request, **_state(job)}.items()}
    bus.publish(
        definition.account,
        definition.region,
        source="aws.sagemaker",
        detail_type="SageMaker Transform Job State Change",
        detail=detail,
        resources=[job.arn],
    )

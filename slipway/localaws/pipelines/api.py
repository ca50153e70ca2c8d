"""The actions of SageMaker Pipelines: moto's records with executions that run."""

from __future__ import annotations

import string
from typing import Any

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemaker.utils import get_pipeline_execution_from_arn

from slipway.localaws.jobs import live, replay
from slipway.localaws.patches import adds, wraps
from slipway.localaws.pipelines import definition
from slipway.localaws.pipelines.record import Record

_NEVER_RUN = "moto executes nothing: every execution has Succeeded at once"
_MISSING = "moto does not have it"
_ID_LENGTH = 12


@wraps(SageMakerResponse, "create_pipeline", "moto takes any text for a definition")
def create_pipeline(original: Any, self: Any) -> ActionResult:
    """Refuse a definition that cannot be read."""
    if self._get_param("PipelineDefinition"):
        definition.read(self._get_param("PipelineDefinition"))
    answer: ActionResult = original(self)
    return answer


@wraps(SageMakerResponse, "update_pipeline", "moto takes any text for a definition")
def update_pipeline(original: Any, self: Any) -> ActionResult:
    """Refuse a definition that cannot be read."""
    if self._get_param("PipelineDefinition"):
        definition.read(self._get_param("PipelineDefinition"))
    answer: ActionResult = original(self)
    return answer


@wraps(SageMakerResponse, "start_pipeline_execution", _NEVER_RUN)
def start_pipeline_execution(original: Any, self: Any) -> ActionResult:
    """Check the parameters and begin. The same ClientRequestToken starts nothing twice."""
    backend, token = self.sagemaker_backend, self._get_param("ClientRequestToken")
    if self._get_param("SelectiveExecutionConfig"):
        raise ValidationError("The local AWS does not run selected steps only.")
    pipeline = backend.pipelines.get(self._get_param("PipelineName").rpartition("/")[2])
    if pipeline is not None:
        self.params["PipelineName"] = pipeline.pipeline_name
        for entry in pipeline.pipeline_executions.values():
            if token and entry.client_request_token == token:
                return ActionResult({"PipelineExecutionArn": entry.arn})
        read = definition.read(pipeline.pipeline_definition)
        values = definition.parameters(read.document, self._get_param("PipelineParameters") or [])
    entry = _named(pipeline, original(self).result["PipelineExecutionArn"])
    record = Record(self.current_account, self.region, pipeline, entry, read, values)
    record.set_status("Executing")
    _begin(record)
    return ActionResult({"PipelineExecutionArn": entry.arn})


@wraps(SageMakerResponse, "describe_pipeline_execution", _NEVER_RUN)
def describe_pipeline_execution(original: Any, self: Any) -> ActionResult:
    """What became of it."""
    answer: ActionResult = original(self)
    record = _record(self)
    result = {name: value for name, value in answer.result.items() if value not in (None, "", {})}
    result |= {"FailureReason": record.failure} if record.failure else {}
    result |= {"PipelineExperimentConfig": record.experiment} if record.experiment else {}
    return ActionResult({**result, "PipelineExecutionStatus": record.status})


@adds(SageMakerResponse, _MISSING)
def list_pipeline_execution_steps(self: Any) -> ActionResult:
    """Steps that have begun; those that began last come first unless SortOrder says otherwise."""
    record = _record(self)
    with record.guard:
        steps = sorted(record.steps.values(), key=lambda step: step.started)
    found = [step.described() for step in (steps if self._get_param("SortOrder") == "Ascending" else reversed(steps))]
    start, most = int(self._get_param("NextToken") or 0), int(self._get_param("MaxResults") or 100)
    token = {"NextToken": str(start + most)} if start + most < len(found) else {}
    return ActionResult({"PipelineExecutionSteps": found[start : start + most], **token})


@wraps(SageMakerResponse, "list_pipeline_executions", "moto gives None as a failure's text, and knows no order")
def list_pipeline_executions(original: Any, self: Any) -> ActionResult:
    """Executions; the newest first unless SortOrder says otherwise."""
    self.params["PipelineName"] = self._get_param("PipelineName").rpartition("/")[2]
    summaries = original(self).result["PipelineExecutionSummaries"]
    for summary in summaries:
        for name, value in list(summary.items()):
            if value in (None, "None"):
                del summary[name]
    if self._get_param("SortOrder") != "Ascending":
        summaries.reverse()
    return ActionResult({"PipelineExecutionSummaries": summaries})


@adds(SageMakerResponse, _MISSING)
def stop_pipeline_execution(self: Any) -> ActionResult:
    """Stop the jobs that run; begin nothing more."""
    record = _record(self)
    if record.status != "Executing":
        raise ValidationError(f"Pipeline execution with ARN {record.arn} is {record.status} and cannot be stopped.")
    record.set_status("Stopping")
    record.told.set()
    return ActionResult({"PipelineExecutionArn": record.arn})


@adds(SageMakerResponse, _MISSING)
def retry_pipeline_execution(self: Any) -> ActionResult:
    """Run again what failed or was stopped, and what comes after it; what succeeded stays."""
    record = _record(self)
    if record.status not in ("Failed", "Stopped"):
        raise ValidationError(f"Pipeline execution with ARN {record.arn} is {record.status} and cannot be retried.")
    with record.guard:
        record.steps = {name: step for name, step in record.steps.items() if step.status == "Succeeded"}
    record.told.clear()
    record.set_status("Executing")
    _begin(record)
    return ActionResult({"PipelineExecutionArn": record.arn})


@adds(SageMakerResponse, _MISSING)
def update_pipeline_execution(self: Any) -> ActionResult:
    """Change its description and its name."""
    record = _record(self)
    for name in ("description", "display_name"):
        given = self._get_param(f"PipelineExecution{name.title().replace('_', '')}")
        if given:
            setattr(record.entry, f"pipeline_execution_{name}", given)
    return ActionResult({"PipelineExecutionArn": record.arn})


def _named(pipeline: Any, arn: str) -> Any:
    """The execution that moto made, with an id that a journal repeats: moto's comes from a generator that it does not seed."""
    entry = pipeline.pipeline_executions.pop(arn)
    entry.arn = arn[:-_ID_LENGTH] + "".join(mock_random.choices(string.ascii_lowercase + string.digits, k=_ID_LENGTH))
    pipeline.pipeline_executions[entry.arn] = entry
    return entry


def _begin(record: Record) -> None:
    from slipway.localaws.pipelines.execution import Execution

    if live.holding():
        record.entry.pipeline_execution_status = "Failed"
        record.entry.pipeline_execution_failure_reason = replay.STOPPED
        return
    live.start(f"execution-{record.id}", lambda work: Execution(record, work).run(), lambda reason: record.set_status("Failed", reason))


def _record(response: Any) -> Record:
    backend = response.sagemaker_backend
    entry = get_pipeline_execution_from_arn(backend.pipelines, response._get_param("PipelineExecutionArn"))
    record: Record = entry.record
    return record

"""The API of executions: start, look, approve, stop, retry, roll back."""

from __future__ import annotations

import json
from typing import Any

from moto.codepipeline.exceptions import PipelineExecutionNotFoundException, PipelineNotFoundException
from moto.codepipeline.models import CodePipelineBackend
from moto.codepipeline.responses import CodePipelineResponse
from moto.core.exceptions import JsonRESTError

from slipway.localaws.codepipeline import gate, live
from slipway.localaws.codepipeline.state import Execution
from slipway.localaws.patches import adds, wraps

_INVENTS = "moto runs nothing and calls every execution succeeded"
_LACKS = "moto has no such action"
_MOST = 100


class Refused(JsonRESTError):
    """An error of CodePipeline that moto does not know."""

    code = 400


@wraps(CodePipelineBackend, "create_pipeline", "moto starts nothing: on AWS a new pipeline runs once")
def create_pipeline(original: Any, self: Any, pipeline: dict[str, Any], tags: Any) -> Any:
    """Create it, and start its first execution."""
    answer = original(self, pipeline, tags)
    live.start(self, pipeline["name"], ("CreatePipeline", f"arn:aws:iam::{self.account_id}:root"))
    return answer


@wraps(CodePipelineBackend, "delete_pipeline", "moto knows no executions to end")
def delete_pipeline(original: Any, self: Any, name: str) -> None:
    """End what runs, and delete it."""
    if name in self.pipelines:
        live.end(self.pipelines[name])
    original(self, name)


@wraps(CodePipelineResponse, "start_pipeline_execution", _INVENTS)
def start_pipeline_execution(_original: Any, self: Any) -> str:
    """Start one with variables and source revisions."""
    pipeline = _pipeline(self, self._get_param("name"))
    given = {item["name"]: item["value"] for item in self._get_param("variables") or []}
    declared = {item["name"] for item in pipeline.pipeline.get("variables") or []}
    if unknown := sorted(set(given) - declared):
        raise Refused("ValidationException", f"Variable {unknown[0]} is not declared in the pipeline.")
    missing = [
        item["name"] for item in pipeline.pipeline.get("variables") or [] if "defaultValue" not in item and item["name"] not in given
    ]
    if missing:
        raise Refused("ValidationException", f"Variable {missing[0]} has no value and no default.")
    commits = {item["actionName"]: item["revisionValue"] for item in self._get_param("sourceRevisions") or []}
    trigger = ("StartPipelineExecution", f"arn:aws:iam::{self.current_account}:root")
    started = live.start(self.codepipeline_backend, self._get_param("name"), trigger, given, commits=commits)
    return json.dumps({"pipelineExecutionId": started.id if started else ""})


@wraps(CodePipelineResponse, "get_pipeline_execution", _INVENTS)
def get_pipeline_execution(_original: Any, self: Any) -> str:
    """One execution as it is now."""
    return json.dumps({"pipelineExecution": _execution(self)[1].describe()})


@wraps(CodePipelineResponse, "list_pipeline_executions", _INVENTS)
def list_pipeline_executions(_original: Any, self: Any) -> str:
    """The newest first; with a filter only those that succeeded in a stage."""
    found = list(reversed(live.executions(_pipeline(self, self._get_param("pipelineName"))).values()))
    if stage := ((self._get_param("filter") or {}).get("succeededInStage") or {}).get("stageName"):
        found = [one for one in found if one.stages.get(stage) == "Succeeded"]
    return _page(self, "pipelineExecutionSummaries", [one.summarize() for one in found])


@adds(CodePipelineResponse, _LACKS)
def list_action_executions(self: Any) -> str:
    """Runs of actions, the newest first, of all executions or of one."""
    found = list(live.executions(_pipeline(self, self._get_param("pipelineName"))).values())
    if wanted := (self._get_param("filter") or {}).get("pipelineExecutionId"):
        found = [one for one in found if one.id == wanted]
    runs = sorted((run for one in found for run in one.actions), key=lambda run: run.started, reverse=True)
    return _page(self, "actionExecutionDetails", [run.detail() for run in runs])


@adds(CodePipelineResponse, _LACKS)
def get_pipeline_state(self: Any) -> str:
    """Each stage and action with its latest execution, and what waits."""
    pipeline = _pipeline(self, self._get_param("name"))
    found = list(live.executions(pipeline).values())
    answer = {
        "pipelineName": pipeline.pipeline["name"],
        "pipelineVersion": pipeline.pipeline["version"],
        "created": pipeline._created.timestamp(),
        "updated": pipeline._updated.timestamp(),
        "stageStates": [_stage_state(stage, found) for stage in pipeline.pipeline["stages"]],
    }
    return json.dumps(answer)


def _stage_state(stage: dict[str, Any], found: list[Execution]) -> dict[str, Any]:
    name = stage["name"]
    inside = [one for one in found if name in one.stages]
    latest = max(inside, key=lambda one: max((run.started for run in one.actions if run.stage == name), default=0.0), default=None)
    state: dict[str, Any] = {
        "stageName": name,
        "inboundTransitionState": {"enabled": True},
        "actionStates": [_action_state(name, action, found) for action in stage["actions"]],
    }
    if latest is not None:
        kind = "ROLLBACK" if latest.rollback_of else "STANDARD"
        state["latestExecution"] = {"pipelineExecutionId": latest.id, "status": latest.stages[name], "type": kind}
        if name in latest.retries:
            automatic, manual = latest.retries[name]
            trigger = "ManualStageRetry" if manual else "AutomatedStageRetry"
            state["retryStageMetadata"] = {
                "autoStageRetryAttempt": automatic, "manualStageRetryAttempt": manual, "latestRetryTrigger": trigger
            }  # fmt: skip
    waiting = [{"pipelineExecutionId": one.id, "status": "InProgress", "type": "STANDARD"} for one in found if one.waits_for == name]
    if waiting:
        state |= {"inboundExecution": waiting[0], "inboundExecutions": waiting}
    return state


def _action_state(stage: str, action: dict[str, Any], found: list[Execution]) -> dict[str, Any]:
    runs = [run for one in found if (run := one.latest(stage, action["name"])) is not None]
    state: dict[str, Any] = {"actionName": action["name"]}
    if runs:
        latest = max(runs, key=lambda run: run.started)
        state["latestExecution"] = latest.state()
        if link := latest.resolved.get("ExternalEntityLink"):
            state["entityUrl"] = link
        if latest.name in latest.execution.revisions and latest.status == "Succeeded":
            commit = latest.execution.revisions[latest.name][0]
            state["currentRevision"] = {"revisionId": commit, "revisionChangeId": commit, "created": latest.started}
    return state


@adds(CodePipelineResponse, _LACKS)
def put_approval_result(self: Any) -> str:
    """Approve or reject what waits under the token."""
    pipeline = _pipeline(self, self._get_param("pipelineName"))
    stage, name, token = self._get_param("stageName"), self._get_param("actionName"), self._get_param("token")
    _check_stage(pipeline, stage, name)
    runs = [run for one in live.executions(pipeline).values() for run in one.actions if (run.stage, run.name) == (stage, name)]
    run = next((one for one in runs if one.token == token), None)
    if run is None or not token:
        raise Refused("InvalidApprovalTokenException", "The approval token is not valid.")
    if run.status != "InProgress":
        raise Refused("ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected.")
    result = self._get_param("result")
    run.summary, run.updated_by = result["summary"], f"arn:aws:iam::{self.current_account}:root"
    if result["status"] == "Approved":
        run.decided.set()
    else:
        run.end("Failed", "Rejected", result["summary"])
    return json.dumps({"approvedAt": run.updated})


@adds(CodePipelineResponse, _LACKS)
def stop_pipeline_execution(self: Any) -> str:
    """Stop one: wait for the actions under way, or abandon them."""
    _, execution = _execution(self)
    if not live.is_running(execution):
        raise Refused("PipelineExecutionNotStoppableException", f"The execution is {execution.status} and cannot be stopped.")
    execution.stop_reason = self._get_param("reason") or "Stopped"
    execution.set_status("Stopping")
    if self._get_param("abandon"):
        live.abandon(execution)
    else:
        execution.stopping = "stop"
        gate.wake()
    return json.dumps({"pipelineExecutionId": execution.id})


@adds(CodePipelineResponse, _LACKS)
def retry_stage_execution(self: Any) -> str:
    """Run a failed stage of an execution again."""
    pipeline, execution = _execution(self)
    stage = self._get_param("stageName")
    _check_stage(pipeline, stage)
    if live.is_running(execution) or execution.stages.get(stage) not in ("Failed", "Stopped"):
        raise Refused("StageNotRetryableException", f"The stage {stage} of the execution is {execution.stages.get(stage, 'not reached')}.")
    live.retry(pipeline, execution, stage, self._get_param("retryMode"))
    return json.dumps({"pipelineExecutionId": execution.id})


@adds(CodePipelineResponse, _LACKS)
def rollback_stage(self: Any) -> str:
    """Run a stage again with what it had in an earlier execution that succeeded in it."""
    pipeline = _pipeline(self, self._get_param("pipelineName"))
    stage, target = self._get_param("stageName"), live.executions(pipeline).get(self._get_param("targetPipelineExecutionId"))
    _check_stage(pipeline, stage)
    if target is None:
        raise PipelineExecutionNotFoundException(f"no execution {self._get_param('targetPipelineExecutionId')}")
    if target.stages.get(stage) != "Succeeded" or target.rollback_of:
        raise Refused("UnableToRollbackStageException", f"The stage {stage} did not succeed in execution {target.id}.")
    made = live.roll_back(pipeline, stage, target, ("ManualRollback", f"arn:aws:iam::{self.current_account}:root"))
    return json.dumps({"pipelineExecutionId": made.id})


def _pipeline(response: Any, name: str) -> Any:
    found = response.codepipeline_backend.pipelines.get(name)
    if found is None:
        raise PipelineNotFoundException(f"Account '{response.current_account}' does not have a pipeline with name '{name}'")
    return found


def _execution(response: Any) -> tuple[Any, Execution]:
    pipeline, identity = _pipeline(response, response._get_param("pipelineName")), response._get_param("pipelineExecutionId")
    found = live.executions(pipeline).get(identity)
    if found is None:
        raise PipelineExecutionNotFoundException(f"The pipeline has no execution with id '{identity}'")
    return pipeline, found


def _check_stage(pipeline: Any, stage: str, action: str = "") -> None:
    found = next((one for one in pipeline.pipeline["stages"] if one["name"] == stage), None)
    if found is None:
        raise Refused("StageNotFoundException", f"The pipeline has no stage {stage}.")
    if action and action not in {one["name"] for one in found["actions"]}:
        raise Refused("ActionNotFoundException", f"The stage {stage} has no action {action}.")


def _page(response: Any, member: str, entries: list[dict[str, Any]]) -> str:
    first = int(response._get_param("nextToken") or 0)
    last = first + int(response._get_param("maxResults") or _MOST)
    return json.dumps({member: entries[first:last], **({"nextToken": str(last)} if last < len(entries) else {})})

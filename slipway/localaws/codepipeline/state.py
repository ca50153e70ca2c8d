"""Executions of a pipeline and of its actions, as CodePipeline describes them."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Place = tuple[str, str]
"""Bucket and key of an artifact."""
RUNNING = ("InProgress", "Stopping")


@dataclass(eq=False)
class ActionRun:
    """One run of one action. `status`: InProgress | Succeeded | Failed | Abandoned. Times are seconds since 1970."""

    execution: Execution
    stage: str
    declaration: Mapping[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    started: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    summary: str = ""
    token: str = ""
    external_id: str = ""
    external_url: str = ""
    log_stream: str = ""
    error: tuple[str, str] = ("", "")
    updated_by: str = ""
    resolved: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, Place] = field(default_factory=dict)
    outputs: dict[str, Place] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    decided: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        """The action's name."""
        return str(self.declaration["name"])

    def end(self, status: str, code: str = "", message: str = "") -> None:
        """The end of it; only the first call counts."""
        if self.status == "InProgress":
            self.status, self.error, self.updated = status, (code, message), time.time()
            self.summary = self.summary or message
        self.decided.set()

    def state(self) -> dict[str, Any]:
        """`latestExecution` of GetPipelineState."""
        return _kept(
            actionExecutionId=self.id,
            status=self.status,
            summary=self.summary,
            lastStatusChange=self.updated,
            token=self.token if self.status == "InProgress" else "",
            lastUpdatedBy=self.updated_by,
            externalExecutionId=self.external_id,
            externalExecutionUrl=self.external_url,
            errorDetails=self._error(),
            logStreamARN=self.log_stream,
        )

    def detail(self) -> dict[str, Any]:
        """One entry of ListActionExecutions."""
        given = self.declaration
        result = _kept(
            externalExecutionId=self.external_id,
            externalExecutionSummary=self.summary,
            externalExecutionUrl=self.external_url,
            errorDetails=self._error(),
            logStreamARN=self.log_stream,
        )
        asked = _kept(namespace=given.get("namespace", ""), roleArn=given.get("roleArn", ""))
        answered = {"outputArtifacts": _artifacts(self.outputs), "executionResult": result, "outputVariables": self.variables}
        return _kept(
            pipelineExecutionId=self.execution.id,
            actionExecutionId=self.id,
            pipelineVersion=self.execution.version,
            stageName=self.stage,
            actionName=self.name,
            startTime=self.started,
            lastUpdateTime=self.updated,
            updatedBy=self.updated_by,
            status=self.status,
            input={
                "actionTypeId": given["actionTypeId"],
                "configuration": given.get("configuration") or {},
                "resolvedConfiguration": self.resolved,
                "region": self.execution.region,
                "inputArtifacts": _artifacts(self.inputs),
                **asked,
            },
            output={} if self.status == "InProgress" else answered,
        )

    def _error(self) -> dict[str, str]:
        return {"code": self.error[0], "message": self.error[1]} if self.error[0] else {}


@dataclass(eq=False)
class Execution:
    """One execution. `stages`: name -> status of those it has entered or waits for; `waits_for` the stage that another one has."""

    account: str
    region: str
    definition: Mapping[str, Any]
    trigger: tuple[str, str]
    variables: dict[str, str]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    status: str = "InProgress"
    summary: str = ""
    stopping: str = ""
    stop_reason: str = ""
    rollback_of: str = ""
    branches: dict[str, str] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    revisions: dict[str, tuple[str, str]] = field(default_factory=dict)
    artifacts: dict[str, Place] = field(default_factory=dict)
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)
    retries: dict[str, tuple[int, int]] = field(default_factory=dict)
    waits_for: str = ""
    actions: list[ActionRun] = field(default_factory=list)

    @property
    def pipeline(self) -> str:
        """The pipeline's name."""
        return str(self.definition["name"])

    @property
    def version(self) -> int:
        """The pipeline's version when it started."""
        return int(self.definition["version"])

    @property
    def mode(self) -> str:
        """`executionMode`."""
        return str(self.definition.get("executionMode", "SUPERSEDED"))

    @property
    def arn(self) -> str:
        """ARN of the pipeline."""
        return f"arn:aws:codepipeline:{self.region}:{self.account}:{self.pipeline}"

    def set_status(self, status: str, summary: str = "") -> None:
        """A new status of the whole."""
        self.status, self.updated = status, time.time()
        self.summary = summary or self.summary

    def latest(self, stage: str, action: str) -> ActionRun | None:
        """The newest run of one action."""
        return next((run for run in reversed(self.actions) if (run.stage, run.name) == (stage, action)), None)

    def describe(self) -> dict[str, Any]:
        """`pipelineExecution` of GetPipelineExecution."""
        revisions = [
            _kept(name=name, revisionId=revision, revisionSummary=summary) for name, (revision, summary) in self._revisions_by_artifact()
        ]
        return {
            "pipelineName": self.pipeline,
            "pipelineVersion": self.version,
            "artifactRevisions": revisions,
            "variables": [{"name": name, "resolvedValue": value} for name, value in self.variables.items()],
            **self._common(),
        }

    def summarize(self) -> dict[str, Any]:
        """One entry of ListPipelineExecutions."""
        sources = [
            _kept(actionName=name, revisionId=revision, revisionSummary=summary) for name, (revision, summary) in self.revisions.items()
        ]
        stop = {"stopTrigger": {"reason": self.stop_reason}} if self.stop_reason else {}
        return {"startTime": self.started, "lastUpdateTime": self.updated, "sourceRevisions": sources, **stop, **self._common()}

    def _common(self) -> dict[str, Any]:
        kind = {"executionType": "ROLLBACK" if self.rollback_of else "STANDARD"}
        if self.rollback_of:
            kind["rollbackMetadata"] = {"rollbackTargetPipelineExecutionId": self.rollback_of}  # type: ignore[assignment]
        return _kept(
            pipelineExecutionId=self.id,
            status=self.status,
            statusSummary=self.summary,
            trigger={"triggerType": self.trigger[0], "triggerDetail": self.trigger[1]},
            executionMode=self.mode,
            **kind,
        )

    def _revisions_by_artifact(self) -> list[tuple[str, tuple[str, str]]]:
        source = self.definition["stages"][0]["actions"]
        return [
            (action["outputArtifacts"][0]["name"], self.revisions[action["name"]]) for action in source if action["name"] in self.revisions
        ]


def _artifacts(places: Mapping[str, Place]) -> list[dict[str, Any]]:
    return [{"name": name, "s3location": {"bucket": bucket, "key": key}} for name, (bucket, key) in places.items()]


def _kept(**members: Any) -> dict[str, Any]:
    """Members that have a value."""
    return {name: value for name, value in members.items() if value not in ("", None) and value != {}}

"""What is known of an execution and its steps: kept on moto's object, so that it goes when the pipeline goes."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.utils import get_pipeline_execution_from_arn

from slipway.localaws.events import bus
from slipway.localaws.jobs import replay
from slipway.localaws.jobs.state import plain
from slipway.localaws.pipelines.definition import Definition, Node

KIND = "PipelineExecution"
EXECUTION_EVENT = "SageMaker Model Building Pipeline Execution Status Change"
STEP_EVENT = "SageMaker Model Building Pipeline Execution Step Status Change"


@dataclass
class StepRecord:
    """One step that has begun."""

    node: Node
    status: str = "Starting"
    started: datetime = field(default_factory=utcnow)
    ended: datetime | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    failure: str = ""
    attempts: int = 0
    properties: dict[str, Any] = field(default_factory=dict)
    answer: bool | None = None
    signature: str = ""
    taken_from: str = ""

    def described(self) -> dict[str, Any]:
        """As ListPipelineExecutionSteps says it."""
        optional = {
            "EndTime": self.ended,
            "FailureReason": self.failure,
            "Metadata": self.metadata,
            "CacheHitResult": {"SourcePipelineExecutionArn": self.taken_from} if self.taken_from else None,
            "StepDisplayName": self.node.step.get("DisplayName"),
            "StepDescription": self.node.step.get("Description"),
            "AttemptCount": self.attempts or None,
        }
        known = {name: value for name, value in optional.items() if value}
        return {"StepName": self.node.name, "StartTime": self.started, "StepStatus": self.status, **known}


class Record:
    """One execution. `entry` is moto's object; `told`: somebody called Stop."""

    def __init__(self, account: str, region: str, pipeline: Any, entry: Any, definition: Definition, values: dict[str, Any]) -> None:
        self.account, self.region, self.pipeline, self.entry = account, region, pipeline, entry
        self.definition, self.values = definition, values
        self.steps: dict[str, StepRecord] = {}
        self.told = threading.Event()
        self.guard = threading.RLock()
        self.experiment: dict[str, str] = {}
        self.ended: datetime | None = None
        entry.record = self
        entry.pipeline_execution_status = "Executing"

    @property
    def arn(self) -> str:
        """ARN of the execution."""
        return str(self.entry.arn)

    @property
    def id(self) -> str:
        """PipelineExecutionId."""
        return self.arn.rpartition("/")[2]

    @property
    def status(self) -> str:
        """PipelineExecutionStatus."""
        return str(self.entry.pipeline_execution_status)

    @property
    def failure(self) -> str:
        """FailureReason, empty when all is well."""
        return str(self.entry.pipeline_execution_failure_reason or "")

    def set_status(self, status: str, failure: str = "") -> None:
        """Change the execution's status; whoever follows events hears of it."""
        before = self.status
        final = status in ("Succeeded", "Failed", "Stopped")
        self.entry.pipeline_execution_failure_reason = failure or None
        self.entry.last_modified_time = utcnow()
        self.ended = utcnow() if final else None
        self.entry.pipeline_execution_status = status
        detail = {
            "pipelineArn": self.pipeline.arn,
            "pipelineExecutionArn": self.arn,
            "pipelineExecutionDescription": self.entry.pipeline_execution_description or "",
            "pipelineExecutionDisplayName": self.entry.pipeline_execution_display_name or "",
            "currentPipelineExecutionStatus": status,
            "previousPipelineExecutionStatus": before if before != status else None,
            "executionStartTime": iso(self.entry.start_time),
            "executionEndTime": iso(self.ended) if self.ended else None,
        }
        self._publish(EXECUTION_EVENT, detail)
        if final:
            replay.remember(KIND, self.account, self.region, self.arn, self.known())

    def known(self) -> dict[str, Any]:
        """What a restart needs to say the same."""
        kept = ("status", "started", "ended", "metadata", "failure", "attempts", "properties", "answer", "signature", "taken_from")
        steps = {name: {member: getattr(step, member) for member in kept} for name, step in self.steps.items()}
        return {"status": self.status, "failure": self.failure, "ended": self.ended, "experiment": self.experiment, "steps": steps}

    def restore(self, known: dict[str, Any]) -> None:
        """What was known of it before the restart."""
        nodes = {node.name: node for node in self.definition.nodes}
        self.steps = {name: StepRecord(nodes[name], **members) for name, members in known["steps"].items()}
        self.ended, self.experiment = known["ended"], known["experiment"]
        self.entry.pipeline_execution_status = known["status"]
        self.entry.pipeline_execution_failure_reason = known["failure"] or None

    def set_step(self, record: StepRecord, status: str, failure: str = "") -> None:
        """Change a step's status."""
        before, record.status, record.failure = record.status, status, failure
        if status in ("Succeeded", "Failed", "Stopped"):
            record.ended = utcnow()
        self.entry.last_modified_time = utcnow()
        detail = {
            "metadata": json.loads(json.dumps(plain({_lower(name): _lowered(value) for name, value in record.metadata.items()}))),
            "stepStartTime": iso(record.started),
            "stepEndTime": iso(record.ended) if record.ended else None,
            "stepName": record.node.name,
            "stepType": record.node.type,
            "previousStepStatus": before,
            "currentStepStatus": status,
            "failureReason": failure or None,
            "pipelineArn": self.pipeline.arn,
            "pipelineExecutionArn": self.arn,
        }
        self._publish(STEP_EVENT, detail)

    def _publish(self, detail_type: str, detail: dict[str, Any]) -> None:
        known = {name: value for name, value in detail.items() if value is not None}
        resources = [self.pipeline.arn, self.arn]
        bus.publish(self.account, self.region, source="aws.sagemaker", detail_type=detail_type, detail=known, resources=resources)


@replay.restores(KIND)
def _restore(account: str, region: str, arn: str, known: dict[str, Any]) -> None:
    get_pipeline_execution_from_arn(sagemaker_backends[account][region].pipelines, arn).record.restore(known)


def iso(moment: datetime) -> str:
    """A time as the events of Pipelines have it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _lowered(value: dict[str, Any]) -> dict[str, Any]:
    return {_lower(name): item for name, item in value.items()}

"""What running one step comes to, by its type: a job that is waited for, a call, a decision, a failure."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.localaws import inside
from slipway.localaws.pipelines.conditions import holds
from slipway.localaws.pipelines.definition import Node
from slipway.localaws.pipelines.errors import StepFailed, StepStopped
from slipway.localaws.pipelines.jobs import JOBS, Kind
from slipway.localaws.pipelines.values import Scope, resolve

POLL_SECONDS = 0.1
_ALPHABET = string.ascii_letters + string.digits
_KINDS = {"ThrottlingException": "Step.THROTTLING", "ResourceLimitExceeded": "SageMaker.RESOURCE_LIMIT"}
_REASONS = {"InternalServerError": "SageMaker.JOB_INTERNAL_ERROR", "CapacityError": "SageMaker.CAPACITY_ERROR"}


@dataclass(frozen=True)
class Outcome:
    """What a step gives: its `properties` for those behind it, its metadata, and for a condition its answer."""

    properties: dict[str, Any]
    metadata: dict[str, Any]
    answer: bool | None = None


@dataclass
class Context:
    """Where a step runs. `started` is told the metadata as soon as there is a job; `stopping` and `pause` belong to the execution."""

    account: str
    region: str
    execution_id: str
    scope: Scope
    experiment: dict[str, str]
    started: Callable[[dict[str, Any]], None]
    stopping: Callable[[], bool]
    pause: Callable[[float], None]

    def call(self, action: str, **arguments: Any) -> dict[str, Any]:
        """An action of SageMaker. Raises StepFailed in the words of Pipelines."""
        named = "".join(part.capitalize() for part in action.split("_"))
        try:
            answer: dict[str, Any] = getattr(inside.client(self.account, self.region, "sagemaker"), action)(**arguments)
        except ClientError as error:
            said = error.response["Error"]
            reason = f"ClientError: Failed to invoke sagemaker:{named}. Error Details: {said['Message']}"
            server = error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
            raise StepFailed(reason, _KINDS.get(said["Code"], "Step.SERVICE_FAULT" if server else "")) from None
        except BotoCoreError as error:
            raise StepFailed(f"ClientError: Failed to invoke sagemaker:{named}. Error Details: {error}") from None
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def run(node: Node, context: Context) -> Outcome:
    """Run the step to its end. Raises StepFailed, StepStopped."""
    if node.type == "Condition":
        answer = all(holds(item, context.scope) for item in node.step["Arguments"]["Conditions"])
        return Outcome({"Outcome": str(answer)}, {"Condition": {"Outcome": str(answer)}}, answer)
    arguments = resolve(node.step.get("Arguments", {}), context.scope)
    if node.type == "Fail":
        message = str(arguments["ErrorMessage"])
        context.started({"Fail": {"ErrorMessage": message}})
        raise StepFailed(message)
    if node.type in JOBS:
        return _job(node, JOBS[node.type], arguments, context)
    if node.type == "RegisterModel":
        arn = context.call("create_model_package", **arguments)["ModelPackageArn"]
        return Outcome(context.call("describe_model_package", ModelPackageName=arn), {"RegisterModel": {"Arn": arn}})
    if node.type == "Model":
        name = arguments.setdefault("ModelName", _job_name(context.execution_id, node.name, 63))
        arn = context.call("create_model", **arguments)["ModelArn"]
        return Outcome(context.call("describe_model", ModelName=name), {"Model": {"Arn": arn}})
    raise StepFailed(f"ClientError: the local AWS runs no steps of type {node.type}")


def _job(node: Node, kind: Kind, arguments: dict[str, Any], context: Context) -> Outcome:
    name = arguments.setdefault(kind.name, _job_name(context.execution_id, node.name, kind.longest))
    if kind.experiment and context.experiment:
        arguments.setdefault("ExperimentConfig", context.experiment)
    arn = context.call(f"create_{kind.call}", **arguments)[f"{kind.word}Arn"]
    metadata = {kind.metadata: {"Arn": arn}}
    context.started(metadata)
    described = _wait(kind, name, context)
    status, reason = described[f"{kind.word}Status"], described.get("FailureReason", "")
    if status == "Stopped" and context.stopping():
        raise StepStopped
    if status != "Completed":
        raise StepFailed(reason or f"ClientError: the job was stopped ({described.get('SecondaryStatus', status)})", _kind_of(reason))
    return Outcome(described, metadata)


def _wait(kind: Kind, name: str, context: Context) -> dict[str, Any]:
    """Ask until the job has ended; stop it once when the execution is being stopped."""
    told = False
    while True:
        described = context.call(f"describe_{kind.call}", **{kind.name: name})
        if described[f"{kind.word}Status"] in ("Completed", "Failed", "Stopped"):
            return described
        if context.stopping() and not told:
            told = True
            context.call(f"stop_{kind.call}", **{kind.name: name})
        context.pause(POLL_SECONDS)


def _kind_of(reason: str) -> str:
    return next((kind for beginning, kind in _REASONS.items() if reason.startswith(beginning)), "")


def _job_name(execution_id: str, step: str, longest: int) -> str:
    """Such as `pipelines-abc123def456-Train-X1Y2Z3a4b5`; a tuning job's name is short."""
    end = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    if longest < 40:
        return f"{execution_id}-{step.replace('_', '-')[: longest - 24].rstrip('-')}-{end}"
    return f"pipelines-{execution_id}-{step.replace('_', '-')[: longest - 34].rstrip('-')}-{end}"

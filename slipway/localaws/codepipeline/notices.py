"""Events of CodePipeline on the default bus (user guide, "Monitoring CodePipeline events")."""

from __future__ import annotations

from typing import Any

from slipway.localaws.codepipeline.state import ActionRun, Execution
from slipway.localaws.events import bus

_STATES = {"InProgress": "STARTED", "Cancelled": "CANCELED"}


def execution(one: Execution) -> None:
    """`CodePipeline Pipeline Execution State Change`."""
    _publish(one, "Pipeline", {"state": _state(one.status), "execution-trigger": _trigger(one)})


def stage(one: Execution, name: str) -> None:
    """`CodePipeline Stage Execution State Change`."""
    _publish(one, "Stage", {"stage": name, "state": _state(one.stages[name])})


def action(run: ActionRun) -> None:
    """`CodePipeline Action Execution State Change`."""
    kind = run.declaration["actionTypeId"]
    more: dict[str, Any] = {"stage": run.stage, "action": run.name, "state": _state(run.status), "region": run.execution.region}
    more["type"] = {name: kind[name] for name in ("owner", "category", "provider", "version")}
    if run.external_id:
        more["execution-result"] = {"external-execution-id": run.external_id, "external-execution-summary": run.summary}
    _publish(run.execution, "Action", more)


def _publish(one: Execution, what: str, more: dict[str, Any]) -> None:
    detail = {"pipeline": one.pipeline, "execution-id": one.id, "version": one.version, **more}
    kind = f"CodePipeline {what} Execution State Change"
    bus.publish(one.account, one.region, source="aws.codepipeline", detail_type=kind, detail=detail, resources=[one.arn])


def _state(status: str) -> str:
    return _STATES.get(status, status.upper())


def _trigger(one: Execution) -> dict[str, str]:
    return {"trigger-type": one.trigger[0], "trigger-detail": one.trigger[1]}

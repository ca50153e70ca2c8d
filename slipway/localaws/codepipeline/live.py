"""All executions: their beginning, retries, roll-backs, and the end of everything."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from slipway.localaws.codepipeline import engine, gate, notices
from slipway.localaws.codepipeline.state import RUNNING, Execution

_held = False
_threads: list[threading.Thread] = []
_guard = threading.Lock()
_JOIN_SECONDS = 5.0


def hold() -> None:
    """Start nothing: the journal is about to be replayed."""
    global _held
    _held = True


def begin() -> None:
    """From now on executions start."""
    global _held
    _held = False


def executions(pipeline: Any) -> dict[str, Execution]:
    """The executions of moto's pipeline by id, in their order."""
    found: dict[str, Execution] = pipeline.__dict__.setdefault("slipway_executions", {})
    return found


def start(
    backend: Any,
    name: str,
    trigger: tuple[str, str],
    variables: Mapping[str, str] | None = None,
    *,
    branches: Mapping[str, str] | None = None,
    commits: Mapping[str, str] | None = None,
) -> Execution | None:
    """Start an execution of a pipeline that exists; None while a journal is replayed.

    `branches`, `commits`: source action -> what it takes in place of its branch's newest commit.
    """
    if _held:
        return None
    pipeline = backend.pipelines[name]
    definition = pipeline.pipeline
    defaults = {item["name"]: item.get("defaultValue", "") for item in definition.get("variables") or []}
    execution = Execution(backend.account_id, backend.region_name, definition, trigger, {**defaults, **(variables or {})})
    execution.branches, execution.commits = dict(branches or {}), dict(commits or {})
    executions(pipeline)[execution.id] = execution
    notices.execution(execution)
    _run(pipeline, execution, definition["stages"])
    return execution


def retry(pipeline: Any, execution: Execution, stage: str, mode: str) -> None:
    """Run a failed stage again, and the stages after it. `mode`: FAILED_ACTIONS | ALL_ACTIONS."""
    stages = execution.definition["stages"]
    first = next(index for index, one in enumerate(stages) if one["name"] == stage)
    automatic, manual = execution.retries.get(stage, (0, 0))
    execution.retries[stage] = (automatic, manual + 1)
    execution.stopping = ""
    execution.set_status("InProgress")
    _run(pipeline, execution, stages[first:], only={stage: engine.to_retry(execution, stages[first], mode)})


def roll_back(pipeline: Any, stage: str, target: Execution, trigger: tuple[str, str]) -> Execution:
    """Run one stage again with what it had in an execution in which it succeeded."""
    definition = target.definition
    made = Execution(target.account, target.region, definition, trigger, dict(target.variables), rollback_of=target.id)
    made.artifacts, made.revisions = dict(target.artifacts), dict(target.revisions)
    made.namespaces = {name: dict(values) for name, values in target.namespaces.items()}
    executions(pipeline)[made.id] = made
    notices.execution(made)
    _run(pipeline, made, [one for one in definition["stages"] if one["name"] == stage])
    return made


def last_good(pipeline: Any, stage: str) -> Execution | None:
    """The newest execution in which the stage succeeded, roll-backs left out."""
    found = reversed(list(executions(pipeline).values()))
    return next((one for one in found if one.stages.get(stage) == "Succeeded" and not one.rollback_of), None)


def end(pipeline: Any) -> None:
    """End the executions of a pipeline that is deleted."""
    for execution in executions(pipeline).values():
        abandon(execution)


def abandon(execution: Execution) -> None:
    """End an execution without waiting for its actions; their builds go on, as on AWS."""
    execution.stopping = "abandon"
    for run in execution.actions:
        if run.status == "InProgress":
            run.end("Abandoned")
    gate.wake()


def forget() -> None:
    """End every execution. Called without the lock, before builds are ended."""
    from moto.codepipeline.models import codepipeline_backends

    for account in list(codepipeline_backends.values()):
        for backend in list(account.values()):
            for pipeline in list(backend.pipelines.values()):
                end(pipeline)
    with _guard:
        ending, _threads[:] = list(_threads), []
    for thread in ending:
        thread.join(_JOIN_SECONDS)
    gate.forget()


def _run(pipeline: Any, execution: Execution, stages: Sequence[Mapping[str, Any]], *, only: Mapping[str, set[str]] | None = None) -> None:
    def failed(one: Execution, stage: str) -> None:
        target = last_good(pipeline, stage)
        if target is not None and not one.rollback_of:
            roll_back(pipeline, stage, target, ("AutomatedRollback", one.id))

    work = threading.Thread(
        target=engine.run, args=(execution, stages, failed), kwargs={"only": only}, name="local-aws-pipeline", daemon=True
    )
    with _guard:
        _threads[:] = [thread for thread in _threads if thread.is_alive()] + [work]
    work.start()


def is_running(execution: Execution) -> bool:
    """Whether it goes on."""
    return execution.status in RUNNING

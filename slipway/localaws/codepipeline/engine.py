"""Runs one execution: its stages in their order, actions of the same run order side by side, and what happens when a stage fails."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from slipway.localaws.codepipeline import actions, gate, notices
from slipway.localaws.codepipeline.state import ActionRun, Execution

LOG = logging.getLogger("slipway.localaws")
RollBack = Callable[[Execution, str], None]
"""Called with an execution whose stage failed, and the stage, when the stage's onFailure says ROLLBACK."""


def run(
    execution: Execution, stages: Sequence[Mapping[str, Any]], roll_back: RollBack, *, only: Mapping[str, set[str]] | None = None
) -> None:
    """Run these stages. `only`: of a stage that is tried again, the actions to run; the others keep what they did."""
    try:
        for stage in stages:
            status = _in_stage(execution, stage, (only or {}).get(stage["name"]))
            if status == "Succeeded":
                continue
            execution.set_status(status, execution.stop_reason if status == "Stopped" else f"Stage {stage['name']} failed.")
            notices.execution(execution)
            if status == "Failed" and _on_failure(stage) == "ROLLBACK":
                roll_back(execution, stage["name"])
            return
        execution.set_status("Succeeded")
    except gate.Superseded:
        execution.set_status("Superseded", "A newer execution has taken its place.")
    except Exception as reason:
        LOG.exception("execution %s of %s broke", execution.id, execution.pipeline)
        execution.set_status("Failed", f"{type(reason).__name__}: {reason}")
    notices.execution(execution)


def _in_stage(execution: Execution, stage: Mapping[str, Any], only: set[str] | None) -> str:
    name = stage["name"]
    if not gate.enter(execution, name):
        return "Stopped"
    try:
        status = _stage(execution, stage, only)
        if status == "Failed" and _on_failure(stage) == "RETRY" and not execution.stopping:
            mode = (stage["onFailure"].get("retryConfiguration") or {}).get("retryMode", "FAILED_ACTIONS")
            automatic, manual = execution.retries.get(name, (0, 0))
            execution.retries[name] = (automatic + 1, manual)
            if automatic == 0:
                status = _stage(execution, stage, to_retry(execution, stage, mode))
        return status
    finally:
        gate.leave(execution, name)


def to_retry(execution: Execution, stage: Mapping[str, Any], mode: str) -> set[str]:
    """Names of the actions to run when a stage is tried again: all of them, or all that have not succeeded."""
    done = {action["name"] for action in stage["actions"] if _succeeded(execution, stage["name"], action["name"])}
    return {action["name"] for action in stage["actions"]} - (done if mode == "FAILED_ACTIONS" else set())


def _stage(execution: Execution, stage: Mapping[str, Any], only: set[str] | None) -> str:
    """One attempt of a stage; its status at the end."""
    name = stage["name"]
    execution.stages[name] = "InProgress"
    notices.stage(execution, name)
    wanted = [action for action in stage["actions"] if only is None or action["name"] in only]
    status = "Succeeded"
    order = lambda action: action.get("runOrder", 1)  # noqa: E731
    for _, group in itertools.groupby(sorted(wanted, key=order), key=order):
        runs = _side_by_side(execution, name, list(group))
        if any(run.status != "Succeeded" for run in runs):
            status = "Stopped" if all(run.status in ("Succeeded", "Abandoned") for run in runs) else "Failed"
        elif execution.stopping:
            status = "Stopped"
        if status != "Succeeded":
            break
    execution.stages[name] = status
    notices.stage(execution, name)
    return status


def _side_by_side(execution: Execution, stage: str, group: list[Mapping[str, Any]]) -> list[ActionRun]:
    runs = [ActionRun(execution, stage, declaration) for declaration in group]
    execution.actions += runs
    threads = [threading.Thread(target=_action, args=(run,), name="local-aws-action", daemon=True) for run in runs]
    for thread in threads:
        thread.start()
    for run, thread in zip(runs, threads, strict=True):
        while thread.is_alive() and run.status == "InProgress":
            thread.join(0.2)
    return runs


def _action(run: ActionRun) -> None:
    notices.action(run)
    try:
        actions.run(run)
    except Exception as reason:
        LOG.exception("action %s of %s broke", run.name, run.execution.pipeline)
        run.end("Failed", "InternalError", f"{type(reason).__name__}: {reason}")
    notices.action(run)


def _succeeded(execution: Execution, stage: str, action: str) -> bool:
    latest = execution.latest(stage, action)
    return latest is not None and latest.status == "Succeeded"


def _on_failure(stage: Mapping[str, Any]) -> str:
    return str((stage.get("onFailure") or {}).get("result", "FAIL"))

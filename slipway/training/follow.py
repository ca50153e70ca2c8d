"""Follow an execution to its end: each change of a step is a line, with metrics when it is done and its log's end when it failed."""

from __future__ import annotations

import time
from dataclasses import replace

from slipway.progress import Reporter
from slipway.training.executions import FINAL, Execution, Pipeline, Step

POLL_SECONDS = 10.0
LOCAL_POLL_SECONDS = 0.3


def follow(pipeline: Pipeline, arn: str, reporter: Reporter) -> Execution:
    """The execution when it has ended. KeyboardInterrupt passes through, and the execution goes on."""
    poll = LOCAL_POLL_SECONDS if pipeline.account.is_local else POLL_SECONDS
    told: dict[str, Step] = {}
    reporter.step(pipeline.key, f"execution {arn.rpartition('/')[2]}")
    while True:
        execution = pipeline.look(arn)
        for step in execution.steps:
            before = told.get(step.name)
            if before is None or (before.status, before.attempts) != (step.status, step.attempts):
                told[step.name] = _tell(pipeline, step, reporter)
            reporter.waiting(step.name, pipeline.progress(step) if step.status == "Executing" else "")
        if execution.status in FINAL:
            break
        time.sleep(poll)
    return replace(
        execution, steps=tuple(replace(step, metrics=told[step.name].metrics, log=told[step.name].log) for step in execution.steps)
    )


def _tell(pipeline: Pipeline, step: Step, reporter: Reporter) -> Step:
    """Report the step's new state; with what is to be known about it."""
    again = f", attempt {step.attempts}" if step.attempts > 1 else ""
    if step.status == "Succeeded":
        step = replace(step, metrics=pipeline.metrics(step))
        reporter.info(step.name, f"{step.type} succeeded{_took(step)}{again}{_facts(step)}")
    elif step.status == "Failed":
        step = replace(step, log=pipeline.log_tail(step))
        reporter.info(step.name, f"{step.type} failed{again}: {step.failure}")
        for line in step.log:
            reporter.info(step.name, f"| {line}")
    else:
        job = f", job {step.job}" if step.job else ""
        reporter.info(step.name, f"{step.type} {step.status.lower()}{again}{job}")
    return step


def _took(step: Step) -> str:
    if step.cached:
        return " (taken from the cache)"
    return f" after {step.seconds:.0f} s" if step.seconds is not None and step.seconds >= 1 else ""


def _facts(step: Step) -> str:
    if step.outcome:
        return f": {step.outcome}"
    if step.type == "RegisterModel":
        return f": {step.arn}"
    return ": " + ", ".join(f"{name} {value:g}" for name, value in step.metrics.items()) if step.metrics else ""

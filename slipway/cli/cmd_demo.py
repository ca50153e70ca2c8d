"""`slipway demo`."""

from __future__ import annotations

import shlex
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slipway.cli.output import JsonOption, TerminalReporter, show, stderr, table

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.demo.run import Run
    from slipway.deploy.apply import Approve


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    full: Annotated[
        bool, typer.Option("--full", help="Front to back: network, API, dashboard, alarms and load test as well. About 10 minutes.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the local AWS and all it holds running.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The main job end to end on the local AWS: train, release, scan, apply, predict, A/B, roll back, destroy. About 5 minutes."""
    from slipway.demo.full import FULL, FullDemo
    from slipway.demo.project import MAIN
    from slipway.demo.steps import Demo
    from slipway.project import checkout_root
    from slipway.terraform.process import graceful_stop

    kind, scene = (FullDemo, FULL) if full else (Demo, MAIN)
    run = kind(checkout_root(), TerminalReporter(), _printing_approval(), scene)
    with graceful_stop():
        run.run(keep=keep)
    result = {
        "steps": [asdict(step) for step in run.steps],
        "outputs": run.outputs,
        "local": {"url": run.url, "root": str(run.scratch)} if keep else None,
    }
    show(result, as_json, lambda console: _summary(run, console, keep))


def _printing_approval() -> Approve:
    """Says yes, after printing the review; state and shared stack ask at the same time."""
    from slipway.cli.review_table import print_stack

    one_at_a_time = threading.Lock()

    def approve(review: Any) -> bool:
        with one_at_a_time:
            print_stack(review, stderr())
        return True

    return approve


def _summary(run: Run, console: Console, keep: bool) -> None:
    for stack, values in run.outputs.items():
        found = table("output", "value", title=f"terraform output of {stack}")
        for name, value in values.items():
            found.add_row(name, str(value))
        console.print(found)
    steps = table("step", "what came of it", "seconds", title=f"demo of the environment {run.scene.environment}")
    for number, step in enumerate(run.steps, start=1):
        steps.add_row(f"{number}. {step.name}", step.result, f"{step.seconds:.1f}")
    steps.add_section()
    steps.add_row("in all", "", f"{sum(step.seconds for step in run.steps):.1f}")
    console.print(steps)
    if keep:
        console.print("\nThe local AWS keeps running. To look around:")
        console.print(f"  export SLIPWAY_ROOT={shlex.quote(str(run.scratch))} SLIPWAY_LOCAL={run.url}")
        console.print(f"  slipway outputs {run.scene.environment} --local      and to end it:  slipway local down")

"""`slipway train`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show, table

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.training.executions import Execution, Pipeline

PipelineArgument = Annotated[str | None, typer.Argument(metavar="PIPELINE", help="Key of `training.pipelines`. Default: the only one.")]
ParameterOption = Annotated[list[str] | None, typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Value of a parameter.")]
FollowOption = Annotated[str, typer.Option("--follow", metavar="EXECUTION", help="Follow this execution (or `last`); start none.")]
StopOption = Annotated[str, typer.Option("--stop", metavar="EXECUTION", help="Stop this execution (or `last`), and follow it to its end.")]
RetryOption = Annotated[str, typer.Option("--retry", metavar="EXECUTION", help="Run again what failed of this execution (or `last`).")]
DetachOption = Annotated[bool, typer.Option("--detach", help="Start it and do not follow.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train")(train)


def train(
    env: EnvironmentArgument,
    pipeline: PipelineArgument = None,
    *,
    parameter: ParameterOption = None,
    follow: FollowOption = "",
    stop: StopOption = "",
    retry: RetryOption = "",
    detach: DetachOption = False,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run a training pipeline and follow it, step by step. Exit code 1 when it fails.

    Ctrl-C stops following; the execution goes on, and `--follow last` takes it up again. With `--local` it runs in the local AWS where the
    pipeline is deployed, else in one of its own, which ends with it (also at Ctrl-C); results stay in .slipway/training/EXECUTION.
    """
    from slipway.project import project_root
    from slipway.training.parameters import read_parameters

    values, root, reporter = read_parameters(parameter or []), project_root(), TerminalReporter()
    _check(values, [option for option in (follow, stop, retry) if option], detach=detach)
    with ExitStack() as stack:
        found, temporary = _open(env, pipeline, root, stack, reporter, local=local, running=follow + stop + retry)
        arn = _begin(found, values, follow, stop, retry)
        execution = found.look(arn) if detach and not temporary else _follow(found, arn, reporter, temporary=temporary)
        kept = _keep(found, execution, root) if local and execution.status in ("Succeeded", "Failed", "Stopped") else None
    result = {**execution.as_dict(), "parameters": values, "kept": str(kept) if kept else None}
    show(result, as_json, lambda console: render(execution, kept, console))
    if execution.status in ("Failed", "Stopped") and not stop:
        raise typer.Exit(1)


def _check(values: dict[str, str], chosen: list[str], *, detach: bool) -> None:
    from slipway.errors import InputError

    if len(chosen) > 1:
        raise InputError("--follow, --stop and --retry do not go together", fix="give one of them")
    if chosen and values:
        raise InputError("--parameter belongs to a new execution", fix="leave it out, or start one without --follow, --stop and --retry")
    if chosen and detach:
        raise InputError("--detach belongs to a new execution", fix="leave it out")


def _open(
    env: str, named: str | None, root: Path, stack: ExitStack, reporter: TerminalReporter, *, local: bool, running: str
) -> tuple[Pipeline, bool]:
    """The pipeline, and whether the local AWS it is in ends with this command."""
    from slipway.artifacts.account import Account
    from slipway.config.load import load_environment
    from slipway.errors import InputError, SlipwayError
    from slipway.terraform.local_target import local_url
    from slipway.training.find import deployed, find_pipeline, pipeline_key

    config = load_environment(env, root)
    if not local:
        account = Account(config)
        key = pipeline_key(account, named)
        account.require()
        return find_pipeline(account, key), False
    key = pipeline_key(Account(config), named)
    try:
        account = Account(config, local_url=local_url(root))
        account.require()
        if (found := deployed(account, key)) is not None or running:
            return found or find_pipeline(account, key), False
    except SlipwayError as error:  # none runs, or not this one any more
        if running or isinstance(error, InputError):
            raise
    from slipway.training.temporary import temporary_pipeline

    return stack.enter_context(temporary_pipeline(config, key, root, reporter)), True


def _begin(pipeline: Pipeline, values: dict[str, str], follow: str, stop: str, retry: str) -> str:
    if not follow + stop + retry:
        return pipeline.start(values)
    arn = pipeline.execution_arn(follow or stop or retry)
    if stop:
        pipeline.stop(arn)
    if retry:
        pipeline.retry(arn)
    return arn


def _follow(pipeline: Pipeline, arn: str, reporter: TerminalReporter, *, temporary: bool) -> Execution:
    from slipway.training.follow import follow

    try:
        return follow(pipeline, arn, reporter)
    except KeyboardInterrupt:
        if not temporary:
            where = f"{pipeline.account.config.name} {pipeline.key}{' --local' if pipeline.account.is_local else ''}"
            reporter.step(
                pipeline.key, f"execution {arn.rpartition('/')[2]} goes on; `slipway train {where} --follow last` or `--stop last`"
            )
        raise


def _keep(pipeline: Pipeline, execution: Execution, root: Path) -> Path:
    from slipway.training.keep import keep

    return keep(pipeline, execution, root)


def render(execution: Execution, kept: Path | None, console: Console) -> None:
    """The execution for people."""
    shown = table("step", "type", "status", "seconds", "what came of it")
    for step in execution.steps:
        seconds = "" if step.seconds is None else f"{step.seconds:.1f}"
        shown.add_row(step.name, step.type, step.status + (" (cached)" if step.cached else ""), seconds, _facts(step))
    console.print(shown)
    ended = f" after {execution.seconds:.1f} s" if execution.seconds is not None else ""
    console.print(f"execution {execution.id}: {execution.status}{ended}" + (f": {execution.failure}" if execution.failure else ""))
    if execution.package_arn:
        console.print(f"registered {execution.package_arn}")
    elif execution.status == "Succeeded":
        console.print("registered nothing")
    if kept:
        console.print(f"results in {kept}")


def _facts(step: Any) -> str:
    if step.failure:
        return str(step.failure)
    metrics = ", ".join(f"{name} {value:g}" for name, value in step.metrics.items())
    return metrics or str(step.outcome) or str(step.arn.rpartition(":")[2])

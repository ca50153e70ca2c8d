"""`slipway test-container`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slipway.cli.output import JsonOption, TerminalReporter, show, table

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.contract.clause import Verdict
    from slipway.contract.report import Report

_STYLES = {"pass": "green", "fail": "red", "not applicable": "dim"}

ContainerArgument = Annotated[
    str, typer.Argument(metavar="FOLDER|IMAGE|SAVED.tar", help="Container folder, image, or `docker save` archive.")
]
ModelOption = Annotated[Path | None, typer.Option("--model", metavar="FOLDER|ARCHIVE", help="Model placed at /opt/ml/model.")]
CasesOption = Annotated[Path | None, typer.Option("--cases", metavar="FILE", help="Requests and the answers they must get.")]
TrainingOption = Annotated[bool, typer.Option("--training", help="Test `train` instead of `serve`.")]
HyperparametersOption = Annotated[Path | None, typer.Option("--hyperparameters", metavar="FILE", help="JSON object; training only.")]
ChannelOption = Annotated[list[str] | None, typer.Option("--channel", metavar="NAME=FOLDER", help="Input channel; training only.")]
MetricOption = Annotated[list[str] | None, typer.Option("--metric", metavar="NAME=REGEX", help="Metric definition; training only.")]
OnlyOption = Annotated[list[str] | None, typer.Option("--only", metavar="ID", help="Check only this clause, or SM-PING for all of those.")]
SkipOption = Annotated[list[str] | None, typer.Option("--skip", metavar="ID", help="Leave this clause out.")]
VariableOption = Annotated[list[str] | None, typer.Option("--env", metavar="NAME=VALUE", help="Environment variable of the container.")]
LimitOption = Annotated[float, typer.Option("--time-limit", min=0.5, max=3600, help="Seconds for one request, told to the container.")]
JunitOption = Annotated[Path | None, typer.Option("--junit", metavar="FILE", dir_okay=False, help="Write the report as JUnit XML.")]
EngineOption = Annotated[str, typer.Option("--engine", metavar="auto|process|docker", help="How the container is run.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test-container")(test_container)


def test_container(
    container: ContainerArgument,
    *,
    model: ModelOption = None,
    cases: CasesOption = None,
    training: TrainingOption = False,
    hyperparameters: HyperparametersOption = None,
    channel: ChannelOption = None,
    metric: MetricOption = None,
    only: OnlyOption = None,
    skip: SkipOption = None,
    variable: VariableOption = None,
    time_limit: LimitOption = 60.0,
    junit: JunitOption = None,
    engine: EngineOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Run a container as SageMaker does and check every clause of its contract; exit code 1 when one is broken."""
    from slipway.contract.order import Order, pairs

    order = Order(
        container,
        model=model,
        cases=cases,
        training=training,
        hyperparameters=hyperparameters,
        channels={name: Path(folder) for name, folder in pairs("--channel", channel).items()},
        metrics=pairs("--metric", metric),
        only=tuple(only or ()),
        skip=tuple(skip or ()),
        variables=pairs("--env", variable),
        time_limit=time_limit,
        engine=engine,
    )
    report = order.run(TerminalReporter())
    if junit is not None:
        junit.write_text(report.junit(), encoding="utf-8")
    show(report.as_dict(), as_json, lambda console: _render(report, console))
    if report.failed:
        raise typer.Exit(1)


def _render(report: Report, console: Console) -> None:
    from rich.text import Text

    outcome = table("clause", "what", "result", "measured", title=f"Contract of {report.name}")
    for result in report.results:
        verdict = result.outcome.verdict
        shown = Text(verdict, style=_STYLES[verdict])
        outcome.add_row(result.clause.id, result.clause.title, shown, Text(result.outcome.measured))
    console.print(outcome)
    for result in report.results:
        if result.outcome.verdict == "fail":
            rule = result.clause.rule
            console.print(
                Text.assemble((result.clause.id, "red"), f" {result.clause.severity}: {rule.name} {rule.url}\n  fix: {result.clause.fix}")
            )
    kinds: tuple[tuple[Verdict, str], ...] = (("pass", "kept"), ("fail", "broken"), ("not applicable", "not applicable"))
    counts = ", ".join(f"{report.count(verdict)} {word}" for verdict, word in kinds)
    console.print(f"{len(report.results)} clauses: {counts}")

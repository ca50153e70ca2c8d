"""`slipway load` and `slipway load compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, show

_SEND = "run"
TargetArgument = Annotated[str, typer.Argument(metavar="ENDPOINT|URL", help="Endpoint (key or whole name), or the URL of an API.")]
CasesOption = Annotated[
    Path | None, typer.Option("--cases", metavar="FILE", help="Case file: the requests, and the answers they must get.")
]
CaseOption = Annotated[
    list[str] | None, typer.Option("--case", metavar="NAME", help="Only this case; repeatable. Default: all that succeed at once.")
]
RateOption = Annotated[float | None, typer.Option("--rate", metavar="N", help="Requests per second.")]
RampOption = Annotated[str, typer.Option("--ramp", metavar="FROM:TO", help="Requests per second at the start and at the end.")]
TraceOption = Annotated[
    Path | None, typer.Option("--trace", metavar="FILE", help="CSV with lines time,count: so many requests from then on.")
]
DurationOption = Annotated[str, typer.Option("--duration", metavar="TIME", help="How long, such as 60s or 5m; of each step of --find-max.")]
PoissonOption = Annotated[bool, typer.Option("--poisson", help="Random arrivals, as of many independent callers, instead of even ones.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Of the random arrivals.")]
ProcessesOption = Annotated[
    int, typer.Option("--processes", metavar="N", show_default=False, help="Client processes. Default: one for each of at most 4 cores.")
]
InFlightOption = Annotated[
    int, typer.Option("--max-in-flight", metavar="N", help="Requests under way at a time; others wait, which counts.")
]
TimeoutOption = Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="How long an answer may take.")]
WarmupOption = Annotated[
    float | None, typer.Option("--warmup", metavar="SECONDS", help="Sent and counted, but not timed. Default: 0; find-max 2.")
]
ThroughOption = Annotated[
    Literal["endpoint", "api"], typer.Option("--through", help="Ask the endpoint itself, or through the environment's API.")
]
AuthOption = Annotated[
    str,
    typer.Option("--auth", help="aws_iam | api_key | cognito | open, for a URL. Default: aws_iam for API Gateway's own names, else open."),
]
VariantOption = Annotated[str, typer.Option("--variant", metavar="NAME", help="Ask this variant. Default: by weight.")]
ModelOption = Annotated[str, typer.Option("--target-model", metavar="KEY", help="Model of a multi-model endpoint.")]
P99Option = Annotated[float | None, typer.Option("--slo-p99", metavar="MS", help="Objective: 99 % answered within so many milliseconds.")]
BudgetOption = Annotated[float, typer.Option("--error-budget", metavar="PERCENT", help="Objective: at most so many percent fail.")]
MaxOption = Annotated[bool, typer.Option("--find-max", help="Search the highest rate that meets the objective.")]
WriteOption = Annotated[
    bool, typer.Option("--write-target", help="With --find-max: write the variant's scaling target into the environment file.")
]
FactorOption = Annotated[float, typer.Option("--safety-factor", help="Share of the highest rate that --write-target aims at.")]
ReportOption = Annotated[
    Path | None, typer.Option("--report", metavar="FILE", help="Write the report as JSON, for `slipway load compare`.")
]
HtmlOption = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the report as one HTML page with plots.")]
DistributedOption = Annotated[
    bool,
    typer.Option("--distributed", help="Let the environment's testers in Lambda send; ENDPOINT is their target."),
]
ClientsOption = Annotated[int | None, typer.Option("--clients", metavar="N", help="With --distributed: testers. Default: as deployed.")]
IntervalOption = Annotated[
    float | None, typer.Option("--interval", metavar="SECONDS", help="With --distributed: between two requests of one tester.")
]
AArgument = Annotated[Path, typer.Argument(metavar="A.json", help="Report of the first test.")]
BArgument = Annotated[Path, typer.Argument(metavar="B.json", help="Report of the second test.")]


class _Load(TyperGroup):
    """`slipway load ENV TARGET` is short for `slipway load run ENV TARGET`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        named = args[:1] and args[0] in self.commands
        return super().resolve_command(ctx, args if named else [_SEND, *args])


def register(app: typer.Typer) -> None:
    """Add the commands."""
    about = "Load tests: requests at their times, checked answers, honest latencies. `slipway load ENV ENDPOINT|URL` is `load run`."
    group = typer.Typer(name="load", cls=_Load, help=about, no_args_is_help=True)
    group.command(_SEND)(send)
    group.command("compare")(compare)
    app.add_typer(group)


def send(
    env: EnvironmentArgument,
    target: TargetArgument,
    *,
    cases: CasesOption = None,
    case: CaseOption = None,
    rate: RateOption = None,
    ramp: RampOption = "",
    trace: TraceOption = None,
    duration: DurationOption = "",
    poisson: PoissonOption = False,
    seed: SeedOption = 1,
    processes: ProcessesOption = 0,
    max_in_flight: InFlightOption = 512,
    timeout: TimeoutOption = 60.0,
    warmup: WarmupOption = None,
    through: ThroughOption = "endpoint",
    auth: AuthOption = "",
    variant: VariantOption = "",
    target_model: ModelOption = "",
    slo_p99: P99Option = None,
    error_budget: BudgetOption = 0.1,
    find_max: MaxOption = False,
    write_target: WriteOption = False,
    safety_factor: FactorOption = 0.5,
    report: ReportOption = None,
    html: HtmlOption = None,
    distributed: DistributedOption = False,
    clients: ClientsOption = None,
    interval: IntervalOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send requests at a rate, a ramp or a trace, and check every answer.

    Exit code 1 when the objective is missed, 130 after Ctrl-C; the report so far is shown and written in both cases.
    """
    from slipway.cli import load_run

    raise typer.Exit(load_run.start(locals()))


def compare(a: AArgument, b: BArgument, *, html: HtmlOption = None, as_json: JsonOption = False) -> None:
    """Compare two reports of `--report`: rates, failures, latencies."""
    from slipway.cli.load_run import Output
    from slipway.cli.load_view import compare_view
    from slipway.load.compare import compare as rows_of
    from slipway.load.compare import differences
    from slipway.load.report import read_report

    Output(None, html, as_json).check()
    one, other = read_report(a), read_report(b)
    rows, words = rows_of(one, other), differences(one, other)
    if html is not None:
        from slipway.load.html import compare_page

        html.write_text(compare_page(one, other), encoding="utf-8")
    result = {"a": str(a), "b": str(b), "differences": words, "rows": [row.as_dict() for row in rows]}
    show(result, as_json, lambda console: compare_view(console, rows, words))

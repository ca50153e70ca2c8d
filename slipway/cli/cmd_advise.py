"""`slipway advise`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from slipway.cli.output import JsonOption

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.advise.advice import Verdict
    from slipway.advise.limits import Limits

RateOption = Annotated[float, typer.Option("--requests", min=0, metavar="N", help="Requests a second while they come.")]
LatencyOption = Annotated[float, typer.Option("--p99", min=0, metavar="MS", help="Wanted answer time (p99) in milliseconds.")]
PayloadOption = Annotated[float, typer.Option("--payload", min=0, metavar="MB", help="Largest request.")]
IdleOption = Annotated[float, typer.Option("--idle", min=0, max=1, metavar="SHARE", help="Part of the time without requests, 0 to 1.")]
TimeoutOption = Annotated[float, typer.Option("--timeout", min=0, metavar="SECONDS", help="Longest that the model takes.")]
GpuOption = Annotated[bool, typer.Option("--gpu", help="The model needs a GPU.")]
ColdOption = Annotated[bool, typer.Option("--cold-start-ok", help="A request may wait for a container to start.")]
MemoryOption = Annotated[float, typer.Option("--memory", min=0, metavar="GIB", help="Memory of one copy of the model.")]
AnswerOption = Annotated[Literal["now", "later", "files"], typer.Option("--answer", help="When the answer is wanted; files: data sets.")]
ApiOption = Annotated[bool, typer.Option("--through-api", help="Callers come through the environment's API.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("advise")(advise)


def advise(
    *,
    requests: RateOption = 0.0,
    p99: LatencyOption = 0.0,
    payload: PayloadOption = 0.0,
    idle: IdleOption = 0.0,
    timeout: TimeoutOption = 0.0,
    gpu: GpuOption = False,
    cold_start_ok: ColdOption = False,
    memory: MemoryOption = 0.0,
    answer: AnswerOption = "now",
    through_api: ApiOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say which hosting kind fits a few numbers, and why the others do not (exit code 1 when none does)."""
    from slipway.advise.advice import Load
    from slipway.advise.advice import advise as judge
    from slipway.advise.limits import load
    from slipway.cli.output import show

    limits = load()
    verdicts = judge(Load(requests, p99, payload, idle, timeout, gpu, cold_start_ok, memory, answer, through_api), limits)
    kinds = [{"kind": v.kind.name, "fits": not v.against, "against": v.against, "because": v.because} for v in verdicts]
    best = verdicts[0] if not verdicts[0].against else None
    result = {"advice": best.kind.name if best else None, "limits_of": limits.date, "kinds": kinds}
    show(result, as_json, lambda console: _render(console, verdicts, limits))
    raise typer.Exit(0 if best else 1)


def _render(console: Console, verdicts: list[Verdict], limits: Limits) -> None:
    from slipway.cli.output import table

    first = verdicts[0]
    console.print("no hosting kind takes all of this" if first.against else f"hosting.kind: {first.kind.name} ({first.kind.title})")
    rows = table("kind", "fits", "why")
    for verdict in verdicts:
        rows.add_row(verdict.kind.name, "no" if verdict.against else "yes", "; ".join(verdict.against or verdict.because))
    console.print(rows)
    console.print(f"limits of {limits.date}: docs/guides/choosing-hosting.md has them, with AWS's pages")

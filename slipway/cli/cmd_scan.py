"""`slipway scan`."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, TerminalReporter, stdout

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.scan.report import Report


class Format(str, Enum):
    """How the report is written."""

    table = "table"
    json = "json"
    sarif = "sarif"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("scan")(scan)


def scan(
    environment: EnvironmentArgument,
    out: Annotated[Path | None, typer.Option(help="Scan what was synthesized into this folder instead of synthesizing.")] = None,
    plan: Annotated[list[str] | None, typer.Option(metavar="STACK=FILE", help="Also scan a plan: `terraform show -json`.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to write the report.")] = Format.table,
    output: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check the environment's stacks against checkov and Slipway's policies; exit 1 when anything is open."""
    from slipway.config.load import load_environment
    from slipway.project import project_root
    from slipway.scan.scan import scan as run

    root = project_root()
    plans = _plans(environment, plan or [])
    config = load_environment(environment, root)
    folder = _existing(out) if out else _synthesize(environment, root)
    report = run(folder, config, plans, reporter=TerminalReporter())
    _write(report, Format.json if as_json else form, output)
    if not report.ok:
        raise typer.Exit(1)


def _synthesize(environment: str, root: Path) -> Path:
    from slipway.app import DEFAULT_OUTPUT, synthesize

    folder = root / DEFAULT_OUTPUT
    synthesize([environment], root, folder)
    return folder


def _existing(folder: Path) -> Path:
    from slipway.errors import InputError

    if not folder.is_dir():
        raise InputError(f"--out {folder}: no such folder", fix="run `slipway synth`, or leave --out away")
    return folder


def _plans(environment: str, pairs: list[str]) -> dict[str, Path]:
    from slipway.errors import InputError

    plans = {}
    for pair in pairs:
        stack, _, file = pair.partition("=")
        if not stack.startswith(f"{environment}-") or not file:
            raise InputError(f"--plan {pair}: not STACK=FILE of {environment}", fix=f"for example --plan {environment}-shared=plan.json")
        if not Path(file).is_file():
            raise InputError(f"--plan {pair}: no such file", fix="write it with `terraform show -json PLANFILE`")
        plans[stack] = Path(file)
    return plans


def _write(report: Report, form: Format, output: Path | None) -> None:
    """The report goes to the file in the asked form; the terminal then gets the table."""
    if form is not Format.table:
        text = json.dumps(report.to_sarif() if form is Format.sarif else report.to_json(), indent=2, sort_keys=True) + "\n"
        if output is None:
            typer.echo(text, nl=False)
            return
        output.write_text(text, encoding="utf-8")
        _table(stdout(), report)
    elif output is not None:
        from rich.console import Console

        with output.open("w", encoding="utf-8") as file:
            _table(Console(file=file, width=160), report)
    else:
        _table(stdout(), report)


def _table(console: Console, report: Report) -> None:
    from rich.markup import escape

    for finding in report.findings:
        place = f"{finding.stack} {finding.resource} ({Path(finding.file).name}:{finding.line}, {finding.seen_in})"
        console.print(f"[red]{finding.rule}[/red] {escape(place)}", soft_wrap=True)
        for line in filter(None, (finding.title, finding.reason, finding.fix and f"fix: {finding.fix}")):
            console.print(f"  {escape(line)}", soft_wrap=True)
    for entry in report.acknowledged:
        text = f"{entry.finding.stack} {entry.finding.resource}: {entry.reason}"
        console.print(f"{entry.finding.rule} accepted until {entry.expires}: {escape(text)}", soft_wrap=True)
    for problem in report.problems:
        console.print(f"[red]{problem.code}[/red] {escape(problem.message)}", soft_wrap=True)
        if problem.fix:
            console.print(f"  fix: {escape(problem.fix)}", soft_wrap=True)
    console.print(_summary(report), soft_wrap=True)


def _summary(report: Report) -> str:
    seen = report.coverage
    kind = " (production rules apply)" if report.production else ""
    plans = f", {len(seen.plans)} plans" if seen.plans else ""
    scope = f"{len(seen.stacks)} stacks{plans}, {seen.resources} resources, {seen.records} checkov answers, {seen.answers} rule answers"
    counts = f"{len(report.findings)} findings, {len(report.acknowledged)} accepted, {len(report.problems)} problems"
    return f"{report.environment}{kind}: {scope}; {counts}: " + ("[green]passed[/green]" if report.ok else "[red]failed[/red]")

"""`slipway scan`."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slipway.cli.files import check_file, write_file
from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, stdout

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
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Check the environment's stacks against checkov and Slipway's policies; exit 1 when anything is open."""
    from slipway.config.load import load_environment
    from slipway.project import project_root
    from slipway.scan.scan import scan as run

    check_file("--output", output)
    root = project_root()
    plans = _plans(environment, plan or [])
    config = load_environment(environment, root)
    folder = _existing(out) if out else _synthesize(environment, root, local)
    report = run(folder, config, plans, reporter=TerminalReporter())
    _write(report, Format.json if as_json else form, output)
    if not report.ok:
        raise typer.Exit(1)


def _synthesize(environment: str, root: Path, local: bool) -> Path:
    from slipway.app import DEFAULT_OUTPUT, synthesize
    from slipway.terraform.local_target import local_url

    folder = root / DEFAULT_OUTPUT
    synthesize([environment], root, folder, local=local_url(root) if local else None)
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
    if form is Format.table:
        text = _table_text(report) if output is not None else ""
    else:
        text = json.dumps(report.to_sarif() if form is Format.sarif else report.to_json(), indent=2, sort_keys=True) + "\n"
    if output is not None:
        write_file("--output", output, text)
    if form is Format.table or output is not None:
        _table(stdout(), report)
    else:
        typer.echo(text, nl=False)


def _table_text(report: Report) -> str:
    from io import StringIO

    from rich.console import Console

    file = StringIO()
    _table(Console(file=file, markup=False, emoji=False, highlight=False, soft_wrap=True), report)
    return file.getvalue()


def _table(console: Console, report: Report) -> None:
    from rich.text import Text

    for finding in report.findings:
        place = f" {finding.stack} {finding.resource} ({Path(finding.file).name}:{finding.line}, {finding.seen_in})"
        console.print(Text.assemble((finding.rule, "red"), place))
        for line in filter(None, (finding.title, finding.reason, finding.fix and f"fix: {finding.fix}")):
            console.print(f"  {line}")
    for entry in report.acknowledged:
        text = f"{entry.finding.stack} {entry.finding.resource}: {entry.reason}"
        console.print(f"{entry.finding.rule} accepted until {entry.expires}: {text}")
    for problem in report.problems:
        console.print(Text.assemble((problem.code, "red"), f" {problem.message}"))
        if problem.fix:
            console.print(f"  fix: {problem.fix}")
    console.print(Text.assemble(_summary(report), ("passed", "green") if report.ok else ("failed", "red")))


def _summary(report: Report) -> str:
    seen = report.coverage
    kind = " (production rules apply)" if report.production else ""
    plans = f", {len(seen.plans)} plans" if seen.plans else ""
    scope = f"{len(seen.stacks)} stacks{plans}, {seen.resources} resources, {seen.records} checkov answers, {seen.answers} rule answers"
    counts = f"{len(report.findings)} findings, {len(report.acknowledged)} accepted, {len(report.problems)} problems"
    return f"{report.environment}{kind}: {scope}; {counts}: "

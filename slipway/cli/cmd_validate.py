"""`slipway validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from slipway.cli.output import EnvironmentsArgument, JsonOption, chosen, show

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from slipway.config.problems import Problem


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("validate")(validate)


def validate(
    environments: EnvironmentsArgument = None,
    as_json: JsonOption = False,
) -> None:
    """Check environment files and release locks. Every problem is shown with its file, line and column; nothing is written."""
    from slipway.project import project_root

    root = project_root()
    checked = _check(chosen(environments, root), root)
    show({"environments": checked}, as_json, lambda console: _render(checked, console))


def _check(names: list[str], root: Path) -> list[dict[str, Any]]:
    """One summary per environment. Raises one `ConfigErrors` with the problems of all of them."""
    from slipway.config.lint import lint
    from slipway.config.load import load
    from slipway.config.problems import ConfigErrors
    from slipway.config.release import load_lock

    checked: list[dict[str, Any]] = []
    problems: list[Problem] = []
    bad = []
    for name in names:
        try:
            loaded = load(name, root)
            load_lock(name, root)
        except ConfigErrors as error:
            problems += error.problems
            bad.append(name)
            continue
        warnings = [loaded.problem(finding).as_dict() for finding in lint(loaded.config)]
        counts = {"models": len(loaded.config.models), "endpoints": len(loaded.config.endpoints)}
        checked.append({"name": name, **counts, "warnings": warnings})
    if problems:
        raise ConfigErrors(f"not valid: {', '.join(bad)}", problems)
    return checked


def _render(checked: list[dict[str, Any]], console: Console) -> None:
    from rich.text import Text

    for item in checked:
        for warning in item["warnings"]:
            where = f"{warning['file']}:{warning['line']}:{warning['column']} {warning['path']}"
            console.print(Text.assemble(("warning:", "yellow"), f" {where}: {warning['message']}"))
        counts = f" {item['name']}: {item['models']} model(s), {item['endpoints']} endpoint(s)"
        console.print(Text.assemble(("valid", "green"), counts))

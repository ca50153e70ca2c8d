"""`slipway outputs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from slipway.cli.cmd_plan import StackOption
from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show, table

if TYPE_CHECKING:
    from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("outputs")(outputs)


def outputs(env: EnvironmentArgument, *, stack: StackOption = None, local: LocalOption = False, as_json: JsonOption = False) -> None:
    """Show what the environment's stacks put out; sensitive values stay hidden."""
    from slipway.deploy.opening import open_target
    from slipway.deploy.outputs import read_outputs
    from slipway.project import project_root

    found = read_outputs(open_target(env, project_root(), TerminalReporter(), local=local), stack)
    show({"environment": env, "stacks": found}, as_json, lambda console: _render(found, console))


def _render(found: dict[str, dict[str, Any]], console: Console) -> None:
    import json

    for stack, values in found.items():
        found_there = table("output", "value", title=stack)
        for name, value in sorted(values.items()):
            found_there.add_row(name, value if isinstance(value, str) else json.dumps(value))
        console.print(found_there)

"""`slipway stop`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show, table

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.operations.run import Action, Done

EndpointsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="ENDPOINT", help="Keys in the environment file; all when none is named.")
]
WaitOption = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is done.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("stop")(stop)


def stop(
    env: EnvironmentArgument,
    endpoints: EndpointsArgument = None,
    *,
    wait: WaitOption = True,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Stop endpoints, so that they cost nothing; models and configurations stay. Not in production. `slipway start` brings them back."""
    act("stop", env, endpoints, wait=wait, local=local, as_json=as_json)


def act(action: Action, env: str, endpoints: list[str] | None, *, wait: bool, local: bool, as_json: bool) -> None:
    """Stop or start, and show what happened."""
    from slipway.cli.cmd_dashboard import open_account
    from slipway.operations.run import run

    done = run(open_account(env, local=local), action, endpoints or None, TerminalReporter(), wait=wait)
    show(done.as_dict(), as_json, lambda console: _render(done, console))


def _render(done: Done, console: Console) -> None:
    rows = table("endpoint", "")
    for key, what in done.endpoints.items():
        rows.add_row(key, what)
    if done.endpoints:
        console.print(rows)
    else:
        console.print(f"{done.environment} has no endpoint that can be stopped")

"""`slipway idle`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, show, table

if TYPE_CHECKING:
    from rich.console import Console

    from modules.operations.function.idle import Idle

DaysOption = Annotated[
    int | None,
    typer.Option("--days", min=1, max=455, metavar="N", help="Days without a request. Default: of operations.idle_report, else 7."),
]
_DEFAULT_DAYS = 7


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("idle")(idle)


def idle(env: EnvironmentArgument, *, days: DaysOption = None, local: LocalOption = False, as_json: JsonOption = False) -> None:
    """List variants in service that nobody has asked for days, with the instance hours they took."""
    from modules.operations.function.clients import Clients
    from modules.operations.function.idle import idle as find
    from slipway.cli.cmd_dashboard import open_account
    from slipway.operations.hosted import settings_of

    account = open_account(env, local=local)
    settings = settings_of(account.config)
    wanted = days or settings.idle_days or _DEFAULT_DAYS
    found = find(Clients(account.client), settings.endpoints, wanted)
    result = {"environment": env, "days": wanted, "idle": [one.as_dict() for one in found]}
    show(result, as_json, lambda console: _render(found, env, wanted, console))


def _render(found: list[Idle], env: str, days: int, console: Console) -> None:
    if not found:
        console.print(f"{env}: every variant was asked in the last {days} days, or is not as old")
        return
    rows = table("endpoint", "variant", "instances", "instance hours", title=f"{env}: no request for {days} days or longer")
    for one in found:
        what = f"{one.instance_count} x {one.instance_type}" if one.instance_type else "serverless"
        rows.add_row(one.endpoint, one.variant, what, f"{one.instance_hours:.0f}")
    console.print(rows)

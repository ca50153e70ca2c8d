"""`slipway status`."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING, Annotated

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, show, stdout

if TYPE_CHECKING:
    from slipway.artifacts.account import Account
    from slipway.dashboards.status import Status
    from slipway.errors import SlipwayError

TrafficOption = Annotated[str, typer.Option("--since", metavar="SPAN", help="How far back the traffic goes, in whole minutes: 5m or 1h.")]
WatchOption = Annotated[bool, typer.Option("--watch", "-w", help="Live, until Ctrl-C. With --json one line for each look.")]
IntervalOption = Annotated[
    float, typer.Option("--interval", metavar="SECONDS", min=1, max=3600, help="Pause between two looks of --watch.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(
    env: EnvironmentArgument,
    *,
    since: TrafficOption = "5m",
    watch: WatchOption = False,
    interval: IntervalOption = 5.0,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what runs: endpoints, variants, traffic, alarms, scaling.

    Exit code 1 when an endpoint has failed or is missing, or an alarm is in ALARM; with --watch always 0.
    """
    from slipway.cli.cmd_dashboard import open_account, whole_minutes
    from slipway.cli.status_view import view
    from slipway.dashboards.status import read_status
    from slipway.invoke.logs import since_seconds

    seconds = whole_minutes(since_seconds(since))
    account = open_account(env, local=local)
    if watch:
        with contextlib.suppress(KeyboardInterrupt):
            _watch(account, seconds, interval, as_json)
        return
    found = read_status(account, seconds)
    show(found.as_dict(), as_json, lambda console: console.print(view(found, time.time())))
    if found.troubles:
        raise typer.Exit(1)


def _watch(account: Account, seconds: int, interval: float, as_json: bool) -> None:
    """Look again and again. A look that fails, for a moment without network for example, is shown and does not end it."""
    from rich.live import Live
    from rich.text import Text

    from slipway.cli.status_view import view
    from slipway.errors import SlipwayError

    if as_json:
        while True:
            found = _look(account, seconds)
            print(json.dumps({"error": found.message} if isinstance(found, SlipwayError) else found.as_dict(), sort_keys=True), flush=True)
            time.sleep(interval)
    with Live(Text("looking"), console=stdout(), auto_refresh=False) as live:
        while True:
            found = _look(account, seconds)
            shown = Text(found.message, style="red") if isinstance(found, SlipwayError) else view(found, time.time())
            live.update(shown, refresh=True)
            time.sleep(interval)


def _look(account: Account, seconds: int) -> Status | SlipwayError:
    from slipway.cli.failures import foreseen
    from slipway.dashboards.status import read_status

    try:
        return read_status(account, seconds)
    except Exception as error:
        known = foreseen(error)
        if known is None:
            raise
        return known

"""`slipway logs`."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Annotated

import typer

from slipway.cli.cmd_invoke import EndpointArgument, open_endpoint
from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, show, stdout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from slipway.invoke.logs import LogEvent

VariantOption = Annotated[str, typer.Option("--variant", metavar="NAME", help="Only this variant.")]
SinceOption = Annotated[str, typer.Option("--since", metavar="SPAN", help="How far back: 30s, 10m, 2h or 1d.")]
FollowOption = Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines until Ctrl-C.")]
FilterOption = Annotated[str, typer.Option("--filter", metavar="PATTERN", help="Filter pattern of CloudWatch Logs, such as ERROR.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("logs")(logs)


def logs(
    env: EnvironmentArgument,
    endpoint: EndpointArgument,
    *,
    variant: VariantOption = "",
    since: SinceOption = "10m",
    follow: FollowOption = False,
    pattern: FilterOption = "",
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what an endpoint's containers logged, oldest line first. With `--follow --json`, one JSON object per line."""
    from slipway.invoke.logs import follow_logs, read_logs, since_seconds

    seconds = since_seconds(since)
    account, found = open_endpoint(env, endpoint, local=local)
    if follow:
        with contextlib.suppress(KeyboardInterrupt):
            _print_each(follow_logs(account, found, seconds, variant=variant, pattern=pattern), as_json)
        return
    events = list(read_logs(account, found, seconds, variant=variant, pattern=pattern))
    result = {"endpoint": found.name, "log_group": found.log_group, "events": [event.as_dict() for event in events]}
    show(result, as_json, lambda console: _render(events, found.log_group, since, console))


def _print_each(events: Iterable[LogEvent], as_json: bool) -> None:
    console = stdout()
    for event in events:
        if as_json:
            print(json.dumps(event.as_dict()), flush=True)
        else:
            console.print("  ".join(event.columns))


def _render(events: list[LogEvent], group: str, since: str, console: Console) -> None:
    for event in events:
        console.print("  ".join(event.columns))
    if not events:
        console.print(f"no line in {group} in the last {since}")

"""`slipway start`."""

from __future__ import annotations

import typer

from slipway.cli.cmd_stop import EndpointsArgument, WaitOption, act
from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("start")(start)


def start(
    env: EnvironmentArgument,
    endpoints: EndpointsArgument = None,
    *,
    wait: WaitOption = True,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Start endpoints that were stopped, with the configuration that was deployed last and the scaling they had."""
    act("start", env, endpoints, wait=wait, local=local, as_json=as_json)

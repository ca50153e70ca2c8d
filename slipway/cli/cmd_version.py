"""`slipway version`."""

from __future__ import annotations

import typer

from slipway.cli.output import JsonOption, show

VERSION = "0.1.0"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("version")(version)


def version(as_json: JsonOption = False) -> None:
    """Print Slipway's version."""
    show({"version": VERSION}, as_json, lambda console: console.print(VERSION))

"""`slipway schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from slipway.cli.output import JsonOption, show


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema")(schema)


def schema(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when environments/schema.json is stale.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write environments/schema.json: completion and checking of environment files in editors."""
    from slipway.config.roundtrip import replace_text
    from slipway.config.schema import FILE, render
    from slipway.errors import SlipwayError
    from slipway.project import project_root

    path = project_root() / FILE
    text = render()
    stale = not path.is_file() or path.read_text(encoding="utf-8") != text
    if stale and check:
        raise SlipwayError(f"{FILE} does not match the options in the code", fix="run `slipway schema` and commit the file")
    if stale:
        replace_text(path, text)
    show({"file": FILE, "written": stale}, as_json, lambda console: console.print(f"{FILE}: {'written' if stale else 'up to date'}"))

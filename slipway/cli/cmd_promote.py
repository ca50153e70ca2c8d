"""`slipway promote`."""

from __future__ import annotations

from typing import Annotated

import typer

from slipway.cli.cmd_release import render, summary
from slipway.cli.output import JsonOption, LocalOption, TerminalReporter, show

SourceArgument = Annotated[str, typer.Argument(metavar="SOURCE", help="Environment whose releases are taken.")]
TargetArgument = Annotated[str, typer.Argument(metavar="TARGET", help="Environment that gets them.")]
ModelsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="MODEL", help="Models to promote. Default: every model of TARGET."),
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--source-profile", metavar="PROFILE", help="AWS profile for SOURCE's account. Default: the same credentials as TARGET."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("promote")(promote)


def promote(
    source: SourceArgument,
    target: TargetArgument,
    models: ModelsArgument = None,
    *,
    source_profile: ProfileOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Release in TARGET exactly what runs in SOURCE: the same archive and the same image digest."""
    from slipway.artifacts.account import Account
    from slipway.artifacts.promote import promote as run
    from slipway.config.load import load_environment
    from slipway.project import project_root
    from slipway.terraform.local_target import local_url

    root = project_root()
    url = local_url(root) if local else None
    origin = Account(load_environment(source, root), local_url=url, profile=source_profile)
    goal = Account(load_environment(target, root), local_url=url)
    released = run(origin, goal, root, models or [], reporter=TerminalReporter())
    show(summary(target, released), as_json, lambda console: render(target, released, console))

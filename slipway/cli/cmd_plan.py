"""`slipway plan`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.files import check_file, write_file
from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show

StackOption = Annotated[
    str | None,
    typer.Option("--stack", metavar="STACK", help="One stack: state, network, shared, serving, api, observability or load_test."),
]
MarkdownOption = Annotated[
    Path | None,
    typer.Option("--markdown", metavar="FILE", help="Also write a page fit for a pull-request comment."),
]
DenyOption = Annotated[
    str,
    typer.Option(metavar="ACTIONS", help="Exit 1 when stateful or serving resources get one of these actions: replace, destroy or both."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan")(plan)


def plan(
    env: EnvironmentArgument,
    *,
    stack: StackOption = None,
    markdown: MarkdownOption = None,
    deny: DenyOption = "",
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what a deploy would do and why: read only, takes no lock. Exit 1 when `--deny` refuses it."""
    from slipway.cli.review_table import print_review
    from slipway.deploy.opening import open_target
    from slipway.deploy.preview import preview
    from slipway.errors import SlipwayError
    from slipway.project import project_root
    from slipway.terraform.markdown import render
    from slipway.terraform.process import graceful_stop
    from slipway.terraform.review import parse_deny

    denied_actions = parse_deny(deny)
    check_file("--markdown", markdown)
    with graceful_stop():
        review = preview(open_target(env, project_root(), TerminalReporter(), local=local), stack)
    if markdown is not None:
        write_file("--markdown", markdown, render(review))
    denied = review.denied(denied_actions)
    show({**review.as_dict(), "denied": denied}, as_json, lambda console: print_review(review, console))
    if denied and as_json:
        raise typer.Exit(1)
    if denied:
        raise SlipwayError(f"--deny {deny}: {'; '.join(denied)}", fix="Change the configuration, or get the plan approved without --deny.")

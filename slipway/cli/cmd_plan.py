"""`slipway plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slipway.cli.files import check_file, write_file
from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show

if TYPE_CHECKING:
    from slipway.errors import SlipwayError
    from slipway.terraform.review import Review

StackOption = Annotated[
    str | None,
    typer.Option("--stack", metavar="STACK", help="One stack, by its layer or its whole name, such as serving or dev-serving."),
]
MarkdownOption = Annotated[
    Path | None,
    typer.Option("--markdown", metavar="FILE", help="Also write a page fit for a pull-request comment."),
]
DenyOption = Annotated[
    str,
    typer.Option(metavar="ACTIONS", help="Exit 1 when stateful or serving resources get one of these actions: replace, destroy or both."),
]

SaveOption = Annotated[
    Path | None,
    typer.Option("--save", metavar="DIR", help="Also write the review (HTML, markdown, JSON) and what `deploy --approved DIR` checks."),
]
EmptyOption = Annotated[bool, typer.Option("--require-empty", help="Exit 1 when anything would change, as for a nightly check.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan")(plan)


def plan(
    env: EnvironmentArgument,
    *,
    stack: StackOption = None,
    markdown: MarkdownOption = None,
    deny: DenyOption = "",
    save: SaveOption = None,
    require_empty: EmptyOption = False,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what a deploy would do and why: read only, takes no lock. Exit 1 when `--deny` or `--require-empty` refuses it."""
    from slipway.cli.review_table import print_review
    from slipway.deploy import approved
    from slipway.deploy.opening import open_target
    from slipway.deploy.preview import preview
    from slipway.project import project_root
    from slipway.terraform.markdown import render
    from slipway.terraform.process import graceful_stop
    from slipway.terraform.review import parse_deny

    denied_actions = parse_deny(deny)
    check_file("--markdown", markdown)
    with graceful_stop():
        target = open_target(env, project_root(), TerminalReporter(), local=local)
        review = preview(target, stack)
    if markdown is not None:
        write_file("--markdown", markdown, render(review))
    if save is not None:
        approved.save(review, target, save)
    denied = review.denied(denied_actions)
    more = {"denied": denied, "plan": approved.plan_checksum(review)}
    show({**review.as_dict(), **more}, as_json, lambda console: print_review(review, console))
    _refuse(denied, deny, review if require_empty else None, as_json)


def _refuse(denied: list[str], deny: str, review: Review | None, as_json: bool) -> None:
    """End with exit code 1 when `--deny` forbids something, or a review that is to be empty is not."""
    from slipway.errors import SlipwayError

    changed = review is not None and not (review.empty or review.only_starts)
    if as_json and (denied or changed):
        raise typer.Exit(1)
    if denied:
        raise SlipwayError(f"--deny {deny}: {'; '.join(denied)}", fix="Change the configuration, or get the plan approved without --deny.")
    if review is not None and changed:
        raise _not_empty(review)


def _not_empty(review: Review) -> SlipwayError:
    from slipway.errors import SlipwayError

    changed = ", ".join(entry.stack for entry in review.stacks if not entry.empty)
    fix = f"`slipway deploy {review.environment}`, or bring the files in line with what runs."
    return SlipwayError(f"--require-empty: {changed} would change", fix=fix)

"""How a plan review looks on a terminal, and how a person approves it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from slipway.cli.output import stderr, table
from slipway.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from slipway.deploy.apply import Approve, StackResult
    from slipway.terraform.review import Change, Review, StackReview

_STYLES = {"create": "green", "update": "yellow", "replace": "magenta", "destroy": "red", "read": "dim", "import": "cyan", "forget": "dim"}


def print_review(review: Review, console: Console) -> None:
    """One table per stack, then what is called out."""
    from rich.text import Text

    for stack in review.stacks:
        print_stack(stack, console)
    for line in review.stopped:
        console.print(Text.assemble(("stopped", "bold cyan"), f" {line}"))
    for stack, change in review.call_outs():
        console.print(Text.assemble((change.kind, "bold red"), f" {change.address} of {stack.stack}: {change.action}"))


def print_stack(stack: StackReview, console: Console) -> None:
    """A stack's changes with the cause of each replacement; a line for an empty plan."""
    from rich.text import Text

    from slipway.terraform.markdown import summary

    console.print(Text.assemble((stack.stack, "bold"), f": {summary(stack)}"))
    shown = [change for change in stack.changes if change.action != "no-op"]
    if shown:
        console.print(_table(shown))
    for line in stack.capacity:
        console.print(Text.assemble(("less capacity", "bold yellow"), f" {line}"))
    for address in stack.drift:
        console.print(Text.assemble(("changed outside Terraform:", "dim"), f" {address}"))


def _table(changes: list[Change]) -> Table:
    from rich.text import Text

    rows = table("", "resource", "what changes")
    for change in changes:
        rows.add_row(Text(change.action, _STYLES.get(change.action, "")), change.address, _what(change))
    return rows


def _what(change: Change) -> str:
    if change.causes:
        return "because of " + "; ".join(f"{item.attribute}: {item.before} -> {item.after}" for item in change.causes)
    if change.reason:
        return change.reason
    names = [item.attribute for item in change.differences]
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def approval(auto_approve: bool) -> Approve:
    """Asks on the terminal for each plan; InputError when there is no terminal and no `--auto-approve`."""
    if auto_approve:
        return lambda _review: True
    if not sys.stdin.isatty():
        raise InputError("there is no terminal to ask on", fix="Review with `slipway plan`, then run with --auto-approve.")

    def ask(review: StackReview) -> bool:
        print_stack(review, stderr())
        return typer.confirm(f"Apply this plan of {review.stack}?", err=True)

    return ask


def print_results(results: list[StackResult], console: Console, *, done: str) -> None:
    """One line per stack: what was applied, or that nothing had to be."""
    from slipway.terraform.markdown import summary

    for result in results:
        text = f"{done} ({summary(result.review)})" if result.applied else "unchanged"
        console.print(f"{result.review.stack}: {text}")

"""`slipway destroy`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slipway.cli.cmd_deploy import ApproveOption
from slipway.cli.cmd_plan import StackOption
from slipway.cli.output import JsonOption, LocalOption, TerminalReporter, show
from slipway.errors import InputError, SlipwayError

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.deploy.apply import Approve, StackResult

NamedArgument = Annotated[str | None, typer.Argument(metavar="ENV", help="Environment: a file environments/ENV.yaml.")]
ExpiredOption = Annotated[
    bool, typer.Option("--expired", help="Instead of ENV: every environment whose operations.expires_at is past. Production never is.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("destroy")(destroy)


def destroy(
    env: NamedArgument = None,
    *,
    expired: ExpiredOption = False,
    stack: StackOption = None,
    auto_approve: ApproveOption = False,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Destroy the environment in reverse order, its state last. Refused while state.deletion_protection is on."""
    from slipway.cli.review_table import approval, print_results

    names = _names(env, expired=expired, stack=stack)
    results, failed = _destroy(names, approval(auto_approve), stack, local=local, go_on=expired)
    documents = [{"environment": name, "stacks": [_stack(item) for item in done]} for name, done in results.items()]
    document = {"environments": documents, "failed": failed} if expired else documents[0]

    def render(console: Console) -> None:
        for done in results.values():
            print_results(done, console, done="destroyed")
        if not names:
            console.print("no environment has expired")

    show(document, as_json, render)
    if failed and as_json:
        raise typer.Exit(1)
    if failed:
        text = "; ".join(f"{name}: {reason}" for name, reason in sorted(failed.items()))
        raise SlipwayError(f"not destroyed: {text}", fix="slipway destroy ENV shows the whole reason")


def _destroy(
    names: Sequence[str], approve: Approve, stack: str | None, *, local: bool, go_on: bool
) -> tuple[dict[str, list[StackResult]], dict[str, str]]:
    """Results by environment, and why others failed: with `go_on` one that fails does not keep the next from going."""
    from slipway.deploy.destroy import destroy as run
    from slipway.deploy.opening import open_target
    from slipway.project import project_root
    from slipway.terraform.process import graceful_stop

    results: dict[str, list[StackResult]] = {}
    failed: dict[str, str] = {}
    for name in names:
        try:
            with graceful_stop():
                results[name] = run(open_target(name, project_root(), TerminalReporter(), local=local), approve, stack)
        except SlipwayError as error:
            if not go_on:
                raise
            failed[name] = error.message
    return results, failed


def _names(env: str | None, *, expired: bool, stack: str | None) -> list[str]:
    """What to destroy. InputError unless exactly one of ENV and --expired is given."""
    from datetime import datetime, timezone

    from slipway.deploy.expired import expired as find
    from slipway.project import project_root

    if (env is None) != expired:
        raise InputError("destroy takes an environment or --expired", fix="slipway destroy ENV, or slipway destroy --expired")
    if expired and stack is not None:
        raise InputError("--expired destroys whole environments", fix="leave --stack out")
    return [env] if env is not None else find(project_root(), datetime.now(timezone.utc))


def _stack(item: StackResult) -> dict[str, Any]:
    return {"stack": item.review.stack, "destroyed": item.review.count("destroy")}

"""`slipway deploy`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.cmd_plan import StackOption
from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show

ApproveOption = Annotated[bool, typer.Option("--auto-approve", help="Apply without asking; needed where there is no terminal.")]
RecoverOption = Annotated[
    bool, typer.Option("--recover", help="First release the locks of a killed run, save what it could not, and import what it had created.")
]

ApprovedOption = Annotated[
    Path | None,
    typer.Option("--approved", metavar="DIR", help="Apply exactly what `plan --save DIR` reviewed, without asking; refuse any other plan."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("deploy")(deploy)


def deploy(
    env: EnvironmentArgument,
    *,
    stack: StackOption = None,
    auto_approve: ApproveOption = False,
    approved: ApprovedOption = None,
    recover: RecoverOption = False,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Bring every stack of the environment to what is configured, the lowest first; unchanged stacks are left alone."""
    from slipway.cli.review_table import approval, print_results
    from slipway.deploy import approved as reviewed
    from slipway.deploy.deploy import Options
    from slipway.deploy.deploy import deploy as run
    from slipway.deploy.opening import open_target
    from slipway.errors import InputError
    from slipway.project import project_root
    from slipway.terraform.process import graceful_stop
    from slipway.terraform.review import Review

    if approved is not None and auto_approve:
        raise InputError("--approved and --auto-approve exclude each other", fix="--approved alone asks nobody either")
    plans = reviewed.load(approved, env) if approved is not None else None
    ask = approval(auto_approve or plans is not None)
    options = Options(stack=stack, recover=recover, side_by_side=auto_approve or plans is not None)
    with graceful_stop():
        target = open_target(env, project_root(), TerminalReporter(), local=local)
        approve = ask if plans is None else reviewed.approval(plans, target.config.account_id)
        results = run(target, approve, options)
    document = Review(env, tuple(result.review for result in results)).as_dict()
    for entry, result in zip(document["stacks"], results, strict=True):
        entry["applied"] = result.applied
    show(document, as_json, lambda console: print_results(results, console, done="applied"))

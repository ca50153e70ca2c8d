"""`slipway bootstrap`."""

from __future__ import annotations

import typer

from slipway.cli.cmd_deploy import ApproveOption
from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bootstrap")(bootstrap)


def bootstrap(
    env: EnvironmentArgument, *, auto_approve: ApproveOption = False, local: LocalOption = False, as_json: JsonOption = False
) -> None:
    """Make the environment's state bucket and lock table, and put their own state into them. Safe to repeat or interrupt."""
    from slipway.cli.review_table import approval, print_results
    from slipway.deploy.deploy import bootstrap_only
    from slipway.deploy.opening import open_target
    from slipway.project import project_root
    from slipway.terraform.process import graceful_stop

    approve = approval(auto_approve)
    with graceful_stop():
        result = bootstrap_only(open_target(env, project_root(), TerminalReporter(), local=local), approve)
    document = {"environment": env, "stacks": [{"stack": result.review.stack, "applied": result.applied}]}
    show(document, as_json, lambda console: print_results([result], console, done="bootstrapped"))

"""`slipway destroy`."""

from __future__ import annotations

import typer

from slipway.cli.cmd_deploy import ApproveOption
from slipway.cli.cmd_plan import StackOption
from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("destroy")(destroy)


def destroy(
    env: EnvironmentArgument,
    *,
    stack: StackOption = None,
    auto_approve: ApproveOption = False,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Destroy the environment in reverse order, its state last. Refused while state.deletion_protection is on."""
    from slipway.cli.review_table import approval, print_results
    from slipway.deploy.destroy import destroy as run
    from slipway.deploy.opening import open_target
    from slipway.project import project_root
    from slipway.terraform.process import graceful_stop

    approve = approval(auto_approve)
    with graceful_stop():
        results = run(open_target(env, project_root(), TerminalReporter(), local=local), approve, stack)
    document = {
        "environment": env,
        "stacks": [{"stack": item.review.stack, "destroyed": item.review.count("destroy")} for item in results],
    }
    show(document, as_json, lambda console: print_results(results, console, done="destroyed"))

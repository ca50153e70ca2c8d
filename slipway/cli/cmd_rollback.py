"""`slipway rollback`."""

from __future__ import annotations

from typing import Annotated

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show

ToOption = Annotated[
    int | None,
    typer.Option("--to", metavar="REVISION", min=1, help="Revision to bring back. Default: the last good one before what runs."),
]
ApproveOption = Annotated[bool, typer.Option("--auto-approve", help="Apply without asking; needed where there is no terminal.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rollback")(rollback)


def rollback(
    env: EnvironmentArgument,
    *,
    to: ToOption = None,
    auto_approve: ApproveOption = False,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Bring back an earlier revision: the environment's files and releases as they were, then a deploy.

    The files in the checkout are replaced (a copy stays in .slipway). Commit them, or the next deploy of the branch undoes it.
    """
    from slipway.cli.cmd_revisions import open_ledger
    from slipway.cli.review_table import approval, print_results
    from slipway.deploy.deploy import Options, deploy
    from slipway.deploy.opening import open_target
    from slipway.deploy.provenance import provenance
    from slipway.deploy.rollback import choose, restore
    from slipway.project import project_root
    from slipway.terraform.process import graceful_stop

    approve, root, reporter = approval(auto_approve), project_root(), TerminalReporter()
    chosen = choose(open_ledger(env, local=local)[1], to)
    reporter.step(env, f"back to revision {chosen.revision} of {chosen.time} by {chosen.actor}")
    here = provenance(root).commit
    if chosen.commit and here and chosen.commit != here:
        reporter.info(env, f"only environments/ is brought back: the revision ran with code of {chosen.commit[:12]}, this is {here[:12]}")
    changed = restore(root, chosen)
    for name in changed:
        reporter.info(env, f"{name} as in revision {chosen.revision}; what it was is in .slipway/{env}/before-rollback")
    with graceful_stop():
        target = open_target(env, root, reporter, local=local)
        options = Options(side_by_side=auto_approve, rollback_to=chosen.revision)
        results = deploy(target, approve, options)
    stacks = [{"stack": result.review.stack, "applied": result.applied} for result in results]
    document = {"environment": env, "revision": chosen.revision, "files": changed, "stacks": stacks}
    show(document, as_json, lambda console: print_results(results, console, done="applied"))

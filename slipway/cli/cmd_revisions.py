"""`slipway revisions`."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, show, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from slipway.artifacts.account import Account
    from slipway.deploy.revisions import Ledger, Revision

LimitOption = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="How many, the newest first.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("revisions")(revisions)


def revisions(env: EnvironmentArgument, *, limit: LimitOption = 20, local: LocalOption = False, as_json: JsonOption = False) -> None:
    """List every deploy of the environment: when, who, which commit, what changed, how it ended."""
    found = list(islice(open_ledger(env, local=local)[1].newest(), limit))
    document = {"environment": env, "revisions": [revision.as_dict() for revision in found]}
    show(document, as_json, lambda console: _print(found, console))


def open_ledger(env: str, *, local: bool) -> tuple[Account, Ledger]:
    """The environment's account, with credentials that belong to it, and its ledger."""
    from slipway.artifacts.account import Account
    from slipway.config.load import load_environment
    from slipway.project import project_root
    from slipway.terraform.local_target import local_url

    root = project_root()
    account = Account(load_environment(env, root), local_url=local_url(root) if local else None)
    account.require()
    return account, ledger_of(account)


def ledger_of(account: Account) -> Ledger:
    """The ledger in the state bucket of an environment."""
    from slipway.deploy.revisions import Ledger

    config = account.config
    return Ledger(account.client("s3"), config.state.bucket_name(config.naming), config.name)


def _print(found: Sequence[Revision], console: Console) -> None:
    rows = table("", "time", "by", "commit", "plan", "result", "changed")
    for one in found:
        commit = (one.commit[:12] or "unknown") + (" + changes" if one.dirty else "")
        result = one.result + (f", back to {one.rollback_to}" if one.rollback_to else "")
        changed = ", ".join(entry.stack for entry in one.stacks if entry.applied) or "nothing"
        rows.add_row(str(one.revision), one.time, one.actor, commit, one.plan[:12], result, one.error or changed)
    console.print(rows if found else "no deploy is recorded")

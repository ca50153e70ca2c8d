"""Terraform's errors that concern the state, in words that say who and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TypeVar

from slipway.deploy.holder import Holder
from slipway.deploy.locks import locked_state, release_own
from slipway.deploy.store import Store
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from slipway.terraform.ui import TerraformError

T = TypeVar("T")
ROLLED_BACK = "The deployment was rolled back"
"""How a FailureReason begins after a roll-back. A provider that looks in time fails with it; one that looks later reports success."""


def once_more_for_own_lock(store: Store, work: Callable[[], T]) -> T:
    """Run a locking terraform command; again when it only met its own lock, whose first answer was lost."""
    since = datetime.now(timezone.utc)
    try:
        return work()
    except TerraformError as error:
        holder = holder_in(error)
        if holder is None or not release_own(store, holder.id, since):
            raise
        return work()


def holder_in(error: TerraformError) -> Holder | None:
    """Who holds the lock, by the `Lock Info` block of Terraform's message; None when it is another error."""
    text = _text(error)
    if "acquiring the state lock" not in text:
        return None
    found = {name: value.strip() for name, value in re.findall(r"^\s*(ID|Who|Operation|Created):(.*)$", text, re.MULTILINE)}
    return Holder(found.get("ID", "?"), found.get("Who", "somebody"), found.get("Operation", ""), found.get("Created", ""))


def explained(store: Store, target: Target, error: TerraformError) -> SlipwayError:
    """Lock conflicts, stale plans, kills, unsaved states and rolled-back endpoints; any other error as it is."""
    text, holder = _text(error), holder_in(error)
    if holder is not None:
        return locked_state(store, holder)
    if "plan is stale" in text:
        record = store.record()
        by = f" by {record.writer} at {record.time}" if record else ""
        return SlipwayError(f"the state of {store.stack} was changed{by} after this plan was made; nothing was applied", fix="Run again.")
    if (target.folder(store.stack) / "errored.tfstate").is_file() or "killed by signal" in text:
        error.fix = f"`slipway deploy {target.name} --recover` releases what it held, saves its state and goes on."
    if ROLLED_BACK in text:
        error.fix = (
            f"The endpoint still serves the release before. Read `slipway logs {target.name} ENDPOINT`, take the release back in "
            f"environments/{target.name}.lock.yaml (git restore), and deploy again."
        )
    return error


def _text(error: TerraformError) -> str:
    return "\n".join(f"{item.summary}\n{item.detail}" for item in error.diagnostics)

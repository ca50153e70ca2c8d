"""Adds a revision to the ledger at the end of every deploy, also of one that failed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from slipway.deploy.apply import StackResult
from slipway.deploy.approved import plan_checksum
from slipway.deploy.holder import now
from slipway.deploy.provenance import provenance
from slipway.deploy.revisions import Ledger, Revision, StackEntry, environment_files
from slipway.deploy.store import Store
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from slipway.terraform.markdown import summary
from slipway.terraform.review import Review

_LONGEST = 2000


@contextlib.contextmanager
def recorded(target: Target, caller: str, stack: str | None, rollback_to: int | None = None) -> Iterator[list[StackResult]]:
    """Give a list that takes each stack's result; when the block ends, however it does, they become one revision.

    Held within the environment's lock. A revision that cannot be written fails a deploy that succeeded, and is reported only when
    the deploy itself has failed. Without a state bucket there is nothing to write to.
    """
    results: list[StackResult] = []
    files = environment_files(target.name, target.root)  # as they are deployed: somebody may edit them meanwhile
    models = _models(target, files)

    def made(error: str) -> Revision:
        return replace(_revision(target, caller, stack, rollback_to, results, error), files=files, models=models)

    try:
        yield results
    except BaseException as error:
        try:
            _write(target, made(str(error) or type(error).__name__))
        except SlipwayError as second:
            target.reporter.info(target.name, f"no revision was written: {second}")
        raise
    _write(target, made(""))


def ledger(target: Target) -> Ledger:
    """The ledger of a target whose stacks are synthesized."""
    store = Store(target, target.state_stack)
    return Ledger(target.client("s3"), store.bucket, target.name, store.encryption)


def _write(target: Target, revision: Revision) -> None:
    if (target.folder(target.state_stack) / "cdk.tf.json").is_file() and Store(target, target.state_stack).bucket_exists():
        written = ledger(target).add(revision)
        target.reporter.info(target.name, f"revision {written.revision}: {written.result}")


def _revision(target: Target, caller: str, stack: str | None, rollback_to: int | None, results: list[StackResult], error: str) -> Revision:
    source = provenance(target.root)
    return Revision(
        revision=0,
        environment=target.name,
        time=now(),
        result="failed" if error else "succeeded",
        actor=source.actor,
        caller=caller,
        commit=source.commit,
        dirty=source.dirty,
        plan=plan_checksum(Review(target.name, tuple(result.review for result in results))),
        stacks=tuple(StackEntry(one.review.stack, one.review.digest, one.applied, summary(one.review)) for one in results),
        files={},
        models={},
        stack=stack or "",
        error=error[:_LONGEST],
        rollback_to=rollback_to,
    )


def _models(target: Target, files: dict[str, str]) -> dict[str, Any]:
    """The lock's entries; none where nothing is released yet."""
    from slipway.config.files import FOLDER, LOCK_SUFFIX
    from slipway.config.release import load_lock

    if f"{FOLDER}/{target.name}{LOCK_SUFFIX}" not in files:
        return {}
    return {name: entry.model_dump(exclude_none=True) for name, entry in load_lock(target.name, target.root).models.items()}

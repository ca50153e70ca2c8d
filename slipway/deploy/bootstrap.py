"""The state stack makes the bucket its own state lives in: local state first, then migrated.

The local state is a file in `.slipway/`, so that an interrupted bootstrap (or destroy) goes on where it stopped.
It is removed only after the same state has been read back from the bucket.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from slipway.deploy.apply import Approve, StackResult, apply_plan, apply_stack, make_plan, plan_file
from slipway.deploy.explain import once_more_for_own_lock
from slipway.deploy.guard import remember
from slipway.deploy.store import Store, parse_state
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from slipway.terraform.cli import Terraform

OVERRIDE = "zz_bootstrap_override.tf.json"
"""Sorts after `local_override.tf.json`: of two overrides of the backend Terraform takes the later file's."""
_SLOW_AND_NOT_NEEDED = ("aws_s3_bucket_lifecycle_configuration",)


def local_state(target: Target) -> Path:
    """Where the state stack's state is while the bucket does not hold it."""
    return (target.scratch / "bootstrap" / f"{target.state_stack}.tfstate").resolve()


def needs_bootstrap(target: Target) -> bool:
    """Whether the state stack's state is the local file: before and during a bootstrap, and during a destroy.

    SlipwayError when the bucket is there and both states are missing.
    """
    store, kept = Store(target, target.state_stack), local_state(target)
    if _leaving_mark(target).is_file():
        return True
    remote = parse_state(store.read(store.key) or b"")
    if kept.is_file() and remote is not None:
        forget_local_state(target)  # Terraform writes a migrated state at once and whole: the bucket has it.
    if remote is None and not kept.is_file() and store.bucket_exists() and next(store.versions(store.key), None) is None:
        raise _orphan_bucket(target, store)
    return remote is None and (kept.is_file() or not store.bucket_exists())


def leave_bucket(target: Target) -> None:
    """From here on the local file is the state, whatever the bucket still holds: the bucket is about to be destroyed."""
    _leaving_mark(target).touch()


def forget_local_state(target: Target) -> None:
    """The state is in its bucket, or nothing is left that it describes."""
    for file in local_state(target).parent.glob(f"{target.state_stack}.*"):
        file.unlink()


def _leaving_mark(target: Target) -> Path:
    return local_state(target).with_suffix(".leaving")


def first_time(target: Target, stacks: Sequence[str]) -> bool:
    """Whether work on `stacks` begins with a bootstrap; SlipwayError when it needs a backend that the others would not make."""
    if target.state_stack in stacks:
        return needs_bootstrap(target)
    if not Store(target, target.state_stack).bucket_exists():
        raise SlipwayError(f"{target.name} has no state backend yet", fix=f"Run `slipway bootstrap {target.name}` first.")
    return False


def bootstrap(target: Target, approve: Approve, on_usable: Callable[[], None] = lambda: None) -> StackResult:
    """Make the state backend and put its own state into it; once that is done, apply it like any other stack.

    `on_usable` is called as soon as bucket, key and table can serve other stacks, before slow resources that those
    do not need (the provider waits about 56 s for a bucket's lifecycle) are finished.
    """
    if not needs_bootstrap(target):
        on_usable()
        return apply_stack(target, target.state_stack, approve)
    terraform, kept = target.terraform(target.state_stack), local_state(target)
    with kept_locally(target):
        target.reporter.step(terraform.stack, "init with local state")
        terraform.init()
        result = _apply_locally(target, terraform, approve, on_usable)
    target.reporter.step(terraform.stack, "migrate the state into its bucket")
    # Not `init -migrate-state`, which cannot answer in JSON; both give the state a new lineage, so it is its content that is compared.
    terraform.init()
    once_more_for_own_lock(Store(target, target.state_stack), lambda: terraform.state_push(kept))
    _verify_migrated(target, kept)
    on_usable()
    return result


@contextlib.contextmanager
def kept_locally(target: Target) -> Iterator[None]:
    """While it is open, the state stack's backend is the local file."""
    file, kept = target.folder(target.state_stack) / OVERRIDE, local_state(target)
    kept.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"terraform": {"backend": {"local": {"path": str(kept)}}}}) + "\n", encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _apply_locally(target: Target, terraform: Terraform, approve: Approve, on_usable: Callable[[], None]) -> StackResult:
    plan = plan_file(target, terraform.stack)
    review = make_plan(terraform, plan)
    try:
        if review.empty:
            return StackResult(review, applied=False)
        if not approve(review):
            raise SlipwayError(f"the plan of {review.stack} was not approved; nothing was applied", fix="Run again and answer yes.")
        open_changes = {c.address for c in review.changes if c.action not in ("no-op", "read") and c.type not in _SLOW_AND_NOT_NEEDED}

        def finished(address: str, _action: str) -> None:
            open_changes.discard(address)
            if not open_changes:
                on_usable()

        apply_plan(target, terraform, plan, finished)
    finally:
        plan.unlink(missing_ok=True)
    return StackResult(review, applied=True)


def _verify_migrated(target: Target, kept: Path) -> None:
    """The migrated state has a lineage of its own, but holds the very same resources."""
    store = Store(target, target.state_stack)
    if _resources(store.read(store.key)) != _resources(kept.read_bytes() if kept.is_file() else None):
        raise SlipwayError(
            f"the state of {target.state_stack} is not in s3://{store.bucket}/{store.key} after its migration; {kept} is kept",
            fix=f"Run `slipway bootstrap {target.name}` again.",
        )
    remember(store)
    forget_local_state(target)


def _resources(body: bytes | None) -> Any:
    return json.loads(body).get("resources") if body else None


def _orphan_bucket(target: Target, store: Store) -> SlipwayError:
    return SlipwayError(
        f"bucket {store.bucket} exists, but no state of {target.state_stack} is in it or in {local_state(target)}",
        fix="If a bootstrap was interrupted on another machine, finish it there; "
        "otherwise choose another state.bucket or import the bucket.",
    )

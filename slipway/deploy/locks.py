"""Who may work: one deploy per environment and, below it, Terraform's own state locks."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from slipway.deploy.holder import Holder, alive, moment, now, terraform_processes, whoami
from slipway.deploy.store import Store
from slipway.errors import SlipwayError

ENVIRONMENT_LOCK = ".slipway/deploy.lock"
"""Object in the state bucket: Terraform locks one state for one command, this locks the environment for a whole deploy."""


class LockedError(SlipwayError):
    """Somebody else is at work; `holder` says who."""

    def __init__(self, message: str, holder: Holder, *, fix: str) -> None:
        super().__init__(message, fix=fix, details={"holder": asdict(holder)})
        self.holder = holder


@contextlib.contextmanager
def checkout_lock(folder: Path, environment: str, operation: str) -> Iterator[None]:
    """One operation at a time on one target in one checkout: its plans, overrides and bootstrap state are files there."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "operation.lock").open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            holder = parse_holder(handle.read()) or Holder("?", whoami(), "slipway", now())
            raise _locked(environment, holder) from None
        handle.truncate(0)
        handle.write(_new_holder(operation))
        handle.flush()
        yield


@contextlib.contextmanager
def environment_lock(store: Store, operation: str) -> Iterator[None]:
    """Hold the environment, wherever other deploys run. LockedError names the holder. Without a bucket there is nothing to hold."""
    if not store.bucket_exists():
        yield
        return
    mine = _new_holder(operation)
    if not store.write(ENVIRONMENT_LOCK, mine.encode(), only_new=True):
        holder = environment_holder(store) or Holder("?", "somebody", "deploy", now())
        if store.lock_metric:
            store.lock_metric.publish_age(holder.created)
        raise _locked(store.environment, holder)
    try:
        with store.lock_metric.while_held() if store.lock_metric else contextlib.nullcontext():
            yield
    finally:
        if environment_holder(store) == parse_holder(mine):
            store.delete(ENVIRONMENT_LOCK)


def environment_holder(store: Store) -> Holder | None:
    """Who deploys the environment now, or died doing so."""
    body = store.read(ENVIRONMENT_LOCK)
    return parse_holder(body.decode("utf-8", "replace")) if body else None


def state_holder(store: Store) -> Holder | None:
    """Who holds Terraform's lock on the stack's state: the row in the table, else the lock object."""
    text = (store.item() or {}).get("Info") if store.table else None
    if text is None and store.lock_object:
        text = (store.read(store.lock_object) or b"").decode("utf-8", "replace") or None
    return parse_holder(text) if text else None


def check_unlocked(store: Store) -> None:
    """LockedError when Terraform's lock on the stack is held, with what to do."""
    holder = state_holder(store)
    if holder is not None:
        raise locked_state(store, holder)


def locked_state(store: Store, holder: Holder) -> LockedError:
    """The error for a held state lock: wait while the holder lives, recover when it is gone."""
    running = terraform_processes(store.bucket, store.key, store.endpoint) if holder.here else []
    state = f" Terraform still runs here (process {', '.join(map(str, running))})." if running else ""
    gone = " No terraform on this machine works on it any more." if holder.here and not running else ""
    return LockedError(
        f"the state of {store.stack} is locked by {holder}.{state}{gone}", holder, fix=_advice(store.environment, holder, not gone)
    )


def release_state(store: Store) -> None:
    """Remove Terraform's lock on the stack, wherever this backend keeps it."""
    if store.table and store.item() is not None:
        store.delete_item()
    if store.lock_object:
        store.delete(store.lock_object)


def release_own(store: Store, lock_id: str, since: datetime) -> bool:
    """Release a lock that a terraform of ours took after `since` and never heard of; True when it was one.

    The AWS SDK repeats a request whose answer was lost. Locks are taken by conditional writes, so the second one fails on
    the lock that the first one took, and Terraform reports its own lock as somebody else's.
    """
    holder = state_holder(store)
    if holder is None or holder.id != lock_id or holder.who != whoami():
        return False
    taken = moment(holder.created)
    if taken is None or taken < since or terraform_processes(store.bucket, store.key, store.endpoint):
        return False
    release_state(store)
    return True


def _locked(environment: str, holder: Holder) -> LockedError:
    dead = holder.here and holder.pid > 0 and not alive(holder.pid)
    gone = f" Process {holder.pid} is gone." if dead else ""
    return LockedError(
        f"{environment} is in use: held by {holder}.{gone} Nothing was changed.", holder, fix=_advice(environment, holder, not dead)
    )


def _advice(environment: str, holder: Holder, may_live: bool) -> str:
    recover = f"`slipway deploy {environment} --recover`"
    if not may_live:
        return f"The holder was killed: {recover} releases its locks and goes on."
    if holder.here:
        return "Wait until it has ended, then run again."
    return f"Wait until it has ended. If {holder.host} was killed while at it, {recover} releases its locks."


def parse_holder(text: str) -> Holder | None:
    """A holder from Slipway's or Terraform's lock JSON; None when it cannot be read."""
    try:
        document = {key.lower(): value for key, value in json.loads(text).items()}
        return Holder(
            str(document["id"]),
            str(document.get("who", "somebody")),
            str(document.get("operation", "")),
            str(document.get("created", "")),
            int(document.get("pid") or 0),
        )
    except (ValueError, KeyError, AttributeError, TypeError):
        return None


def _new_holder(operation: str) -> str:
    return json.dumps(asdict(Holder(str(uuid.uuid4()), whoami(), operation, now(), os.getpid())))

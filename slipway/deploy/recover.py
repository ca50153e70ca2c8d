"""After a kill: releases dead holders' locks, saves what was not saved, and finds what reached no state."""

from __future__ import annotations

import contextlib
import json
import os
import signal

from slipway.deploy.explain import once_more_for_own_lock
from slipway.deploy.guard import remember
from slipway.deploy.holder import alive, now, orphaned_plugins, terraform_processes
from slipway.deploy.imports import lost_resources, write_imports
from slipway.deploy.locks import ENVIRONMENT_LOCK, LockedError, environment_holder, release_state, state_holder
from slipway.deploy.store import Store, parse_state
from slipway.deploy.target import Target


def recover(target: Target) -> list[str]:
    """Make the environment's stacks usable again; returns what was done, one line each.

    LockedError, and nothing is changed, while a holder on this machine still lives. A holder on another machine cannot be
    asked: calling this is the decision that it is gone.
    """
    stores = [Store(target, stack) for stack in target.stacks]
    if not stores or not stores[0].bucket_exists():
        return []
    _refuse_living(stores)
    done = _release_environment(stores[0])
    for store in stores:
        done += _release_state(store)
        done += _end_orphans(target, store)
        done += _save_errored(target, store)
        done += _repair_digest(store)
        done += _find_lost(target, store)
    for line in done:
        target.reporter.info(target.name, line)
    return done


def _refuse_living(stores: list[Store]) -> None:
    holder = environment_holder(stores[0])
    if holder is not None and holder.here and holder.pid and holder.pid != os.getpid() and alive(holder.pid):
        raise LockedError(
            f"{stores[0].environment} is held by {holder}, which still runs", holder, fix=f"Wait for it, or stop process {holder.pid}."
        )
    for store in stores:
        locked = state_holder(store)
        running = terraform_processes(store.bucket, store.key, store.endpoint) if locked is not None and locked.here else []
        if locked is not None and running:
            who = ", ".join(map(str, running))
            raise LockedError(
                f"{store.stack} is held by {locked}: terraform still runs here (process {who})", locked, fix="Wait until it has ended."
            )


def _release_environment(store: Store) -> list[str]:
    holder = environment_holder(store)
    if holder is None:
        return []
    store.delete(ENVIRONMENT_LOCK)
    return [f"released the environment, held by {holder}"]


def _release_state(store: Store) -> list[str]:
    holder = state_holder(store)
    if holder is None:
        return []
    release_state(store)
    return [f"released the state of {store.stack}, held by {holder}"]


def _end_orphans(target: Target, store: Store) -> list[str]:
    plugins = orphaned_plugins(target.folder(store.stack))
    for pid in plugins:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return [f"ended {len(plugins)} provider processes left in {store.stack}"] if plugins else []


def _save_errored(target: Target, store: Store) -> list[str]:
    """Terraform itself refuses the push when the backend's state is newer or another one."""
    kept = target.folder(store.stack) / "errored.tfstate"
    if not kept.is_file():
        return []
    terraform = target.terraform(store.stack)
    terraform.init()
    once_more_for_own_lock(store, lambda: terraform.state_push(kept))
    kept.rename(kept.with_name(f"errored-{now().replace(':', '')}.saved"))
    remember(store)
    return [f"saved the state of {store.stack} that an interrupted apply had kept in {kept.name}"]


def _repair_digest(store: Store) -> list[str]:
    """Only for a state that is at least the last one seen: same lineage, and a higher serial or the same content."""
    state = parse_state(store.read(store.key) or b"") if store.table else None
    if state is None or (store.item("-md5") or {}).get("Digest") == state.md5:
        return []
    record = store.record()
    known = record is None or (state.lineage == record.lineage and (state.serial > record.serial or state.sha256 == record.sha256))
    if not known:
        return []
    store.write_digest(state.md5)
    return [f"wrote the digest of {store.stack} again (serial {state.serial})"]


def _find_lost(target: Target, store: Store) -> list[str]:
    folder, log = target.folder(store.stack), target.terraform(store.stack).log_file("apply")
    body = store.read(store.key)
    lost = lost_resources(log, json.loads(body) if body and parse_state(body) else None)
    if not lost:
        return []
    by_hand = write_imports(folder, lost)
    log.rename(log.with_suffix(".recovered"))
    lines = (
        [f"{store.stack}: {len(lost) - len(by_hand)} resources that the killed apply created will be imported"]
        if len(lost) > len(by_hand)
        else []
    )
    return lines + [f"{store.stack}: {address} was created but cannot be imported by its id" for address in by_hand]

"""`slipway deploy`: layer by layer, each guarded, reviewed, applied and recorded; what the file no longer has goes at the end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from slipway.deploy import stopped
from slipway.deploy.account import check_account
from slipway.deploy.apply import Approve, StackResult, apply_stack
from slipway.deploy.bootstrap import bootstrap, first_time, needs_bootstrap
from slipway.deploy.destroy import destroy_stack
from slipway.deploy.locks import checkout_lock, environment_lock
from slipway.deploy.recording import recorded
from slipway.deploy.recover import recover
from slipway.deploy.released import check_released
from slipway.deploy.retired import retired
from slipway.deploy.store import Store
from slipway.deploy.target import Target
from slipway.errors import SlipwayError


def _nothing(_stack: str) -> None:
    """The default of `before`."""


@dataclass(frozen=True)
class Options:
    """How to deploy. `side_by_side` runs independent stacks at a time: not with a person who answers questions.

    `before` is called with a stack's name just before it is planned, when everything below it is usable. `rollback_to` is the
    revision whose files were brought back, for the ledger.
    """

    stack: str | None = None
    recover: bool = False
    side_by_side: bool = True
    before: Callable[[str], object] = _nothing
    rollback_to: int | None = None


def deploy(target: Target, approve: Approve, options: Options = Options()) -> list[StackResult]:
    """Apply the environment's stacks, or one of them; unchanged ones are left alone. Results in the order of the layers.

    The account is checked before anything is read, then the whole environment is held until the end: of two concurrent
    deploys exactly one goes on, the other gets LockedError. The state backend is made first where it is missing.
    What was done becomes a revision in the ledger (revisions.py), also when it failed.
    """
    caller = check_account(target)
    stacks = target.select(options.stack)
    with checkout_lock(target.scratch, target.name, "deploy"):
        if options.recover:
            recover(target)
        first = first_time(target, stacks)
        if not first:
            stopped.announce(target)
        results = _run(target, approve, stacks, options, caller, first=first)
        stopped.tidy(target)
        return results


def bootstrap_only(target: Target, approve: Approve) -> StackResult:
    """`slipway bootstrap`: the state stack alone."""
    check_account(target)
    store = Store(target, target.state_stack)
    with checkout_lock(target.scratch, target.name, "bootstrap"):
        if needs_bootstrap(target):
            return bootstrap(target, approve)
        with environment_lock(store, "bootstrap"):
            return bootstrap(target, approve)


def _run(target: Target, approve: Approve, stacks: Sequence[str], options: Options, caller: str, *, first: bool) -> list[StackResult]:
    """The state stack beside the others, which wait only until the backend is usable."""
    store, others = Store(target, target.state_stack), [stack for stack in stacks if stack != target.state_stack]
    with contextlib.ExitStack() as held, ThreadPoolExecutor(max_workers=1) as pool:
        if not first:
            held.enter_context(environment_lock(store, "deploy"))
        results = held.enter_context(recorded(target, caller, options.stack, options.rollback_to))
        state: Future[StackResult] | None = None
        if target.state_stack in stacks:
            usable = threading.Event()
            state = pool.submit(_signalling, usable, lambda: bootstrap(target, approve, usable.set))
            usable.wait() if options.side_by_side and others else state.result()
            if state.done():
                state.result()
        if first:
            held.enter_context(environment_lock(store, "deploy"))
        with _joined(state):
            for stack in others:
                results.append(_one(target, stack, approve, options))
            for stack in retired(target) if options.stack is None else []:
                results.append(destroy_stack(target, stack, approve))
        if state is not None:
            results.insert(0, state.result())
        return results


def _signalling(usable: threading.Event, work: Callable[[], StackResult]) -> StackResult:
    """A failure wakes the waiting thread too."""
    try:
        return work()
    finally:
        usable.set()


@contextlib.contextmanager
def _joined(state: Future[StackResult] | None) -> Iterator[None]:
    """Leaves only when the state stack is done too; of two failures both are told."""
    try:
        yield
    except SlipwayError as error:
        failed = state.exception() if state is not None else None
        if isinstance(failed, SlipwayError):
            error.message = f"{error.message}; and {failed.message}"
        raise


def _one(target: Target, stack: str, approve: Approve, options: Options) -> StackResult:
    options.before(stack)
    if stack not in target.stacks:
        check_released(target, stack)
    return apply_stack(target, stack, approve)

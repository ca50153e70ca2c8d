"""`slipway destroy`: serving, shared, state; the state stack's own state leaves its bucket first."""

from __future__ import annotations

import json

from slipway.deploy import stopped
from slipway.deploy.account import check_account
from slipway.deploy.apply import Approve, StackResult, apply_plan, apply_stack, make_plan, plan_file
from slipway.deploy.bootstrap import forget_local_state, kept_locally, leave_bucket, local_state, needs_bootstrap
from slipway.deploy.guard import check_state
from slipway.deploy.interfaces import wait_before
from slipway.deploy.locks import check_unlocked, checkout_lock, environment_lock
from slipway.deploy.packages import packages_first
from slipway.deploy.retired import resources, retired, stand_in
from slipway.deploy.store import Store, parse_state
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from slipway.layers import LAYERS
from slipway.terraform.review import StackReview


def destroy(target: Target, approve: Approve, stack: str | None = None) -> list[StackResult]:
    """Destroy the environment, or one of its stacks; results in the order of the work.

    SlipwayError, before anything is touched, while the environment's state is protected against deletion, or when a
    stack is to go on which another one still stands.
    """
    check_account(target)
    stand_in(target, [name for name in target.select(None) if name not in target.stacks])
    target.layers = LAYERS
    retired(target)  # so that they are among the stacks
    stacks = list(reversed(target.select(stack)))
    if target.state_stack in stacks:
        _refuse_protected(target)
    _refuse_supporting(target, stacks)
    store = Store(target, target.state_stack)
    with checkout_lock(target.scratch, target.name, "destroy"):
        if not store.bucket_exists() and not local_state(target).is_file():
            target.reporter.info(target.name, "nothing to destroy: there is no state")
            return []
        with environment_lock(store, "destroy"):
            results = [
                _destroy_state(target, approve) if name == target.state_stack else destroy_stack(target, name, approve) for name in stacks
            ]
        if stack is None:
            stopped.forget(target)
        return results


def destroy_stack(target: Target, stack: str, approve: Approve) -> StackResult:
    """A stack that holds nothing needs no plan: its configuration may not even be plannable any more."""
    if not resources(target, stack):
        check_state(Store(target, stack))
        return StackResult(StackReview(stack), applied=False)
    wait_before(target, stack)
    return apply_stack(target, stack, packages_first(target, stack, approve), destroy=True)


def _destroy_state(target: Target, approve: Approve) -> StackResult:
    terraform, kept, store = target.terraform(target.state_stack), local_state(target), Store(target, target.state_stack)
    if not needs_bootstrap(target):
        check_unlocked(store)
        check_state(store)
        target.reporter.step(terraform.stack, "bring the state out of its bucket")
        terraform.init()
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(terraform.state_pull()), encoding="utf-8")
        leave_bucket(target)
    plan = plan_file(target, terraform.stack)
    with kept_locally(target):
        terraform.init()
        review = make_plan(terraform, plan, destroy=True)
        try:
            if not review.empty:
                if not approve(review):
                    raise SlipwayError(
                        f"the plan of {review.stack} was not approved; nothing was destroyed", fix="Run again and answer yes."
                    )
                apply_plan(target, terraform, plan)
        finally:
            plan.unlink(missing_ok=True)
    left = parse_state(kept.read_bytes()) if kept.is_file() else None
    if left is None or not left.resources:
        forget_local_state(target)
    return StackResult(review, applied=not review.empty)


def _refuse_protected(target: Target) -> None:
    document = json.loads((target.folder(target.state_stack) / "cdk.tf.json").read_text(encoding="utf-8"))
    protected = [
        f"{kind}.{name}"
        for kind, items in document.get("resource", {}).items()
        for name, item in items.items()
        if (item.get("lifecycle") or {}).get("prevent_destroy")
    ]
    if protected:
        raise SlipwayError(
            f"{target.name} is protected: {', '.join(sorted(protected))} must not be destroyed; nothing was changed",
            fix=f"Set state.deletion_protection: false in environments/{target.name}.yaml, `slipway deploy {target.name} --stack state`, "
            f"then destroy; or destroy the other layers alone with --stack serving and --stack shared.",
        )


def _refuse_supporting(target: Target, stacks: list[str]) -> None:
    """A layer goes only when those that are applied after it are empty."""
    order = target.stacks
    for name in stacks:
        standing = [later for later in order[order.index(name) + 1 :] if later not in stacks and resources(target, later)]
        if standing:
            raise SlipwayError(f"{', '.join(standing)} stands on {name}; nothing was changed", fix=f"Destroy {standing[-1]} first.")

"""`slipway plan`: what a deploy would do, read only."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from slipway.deploy import live
from slipway.deploy.account import check_account
from slipway.deploy.apply import make_plan, plan_file
from slipway.deploy.bootstrap import first_time, kept_locally
from slipway.deploy.guard import check_state
from slipway.deploy.locks import checkout_lock
from slipway.deploy.released import unpinned_images, unreleased_models
from slipway.deploy.retired import resources, retired
from slipway.deploy.stopped import stopped_lines
from slipway.deploy.store import Store
from slipway.deploy.target import Target
from slipway.layers import stack_name
from slipway.terraform.review import Review, StackReview


def preview(target: Target, stack: str | None = None) -> Review:
    """Review of each stack's plan, in the order of the layers; takes no Terraform lock, so a read-only role is enough.

    Where there is no state backend yet, the state stack is planned on local state. A stack that needs what is not
    applied yet has a `note` instead of a plan.
    """
    check_account(target)
    with checkout_lock(target.scratch, target.name, "plan"):
        stacks = target.select(stack)
        first = first_time(target, stacks)
        if stack is None and not first:
            stacks += retired(target)
        # Side by side: most of a plan's time the provider starts, or waits for answers.
        with ThreadPoolExecutor(max_workers=len(stacks) or 1) as pool:
            reviews = tuple(pool.map(lambda name: _preview(target, name, first=first), stacks))
        return Review(target.name, reviews, () if first else stopped_lines(target))


def _preview(target: Target, stack: str, *, first: bool) -> StackReview:
    if first and stack == target.state_stack:
        with kept_locally(target):
            return _plan(target, stack)
    note = _not_yet(target, stack, first=first)
    if note:
        return StackReview(stack, note=note)
    check_state(Store(target, stack))
    with live.preserved(target, stack):
        return _plan(target, stack)


def _plan(target: Target, stack: str) -> StackReview:
    terraform, plan = target.terraform(stack), plan_file(target, stack)
    terraform.init()
    try:
        return make_plan(terraform, plan, lock=False)
    finally:
        plan.unlink(missing_ok=True)


def _not_yet(target: Target, stack: str, *, first: bool) -> str:
    """Why the stack cannot be planned yet; empty when it can."""
    if first and stack in target.stacks:
        return f"cannot be planned before {target.state_stack} is applied"
    if stack not in target.stacks and stack == stack_name(target.name, "training"):
        return f"cannot be planned before the lock file pins images of {', '.join(unpinned_images(target))} (slipway image push --registry)"
    if stack not in target.stacks:
        missing = ", ".join(unreleased_models(target))
        return f"cannot be planned before `slipway release {target.name}`: nothing is released for {missing}"
    document = json.loads((target.folder(stack) / "cdk.tf.json").read_text(encoding="utf-8"))
    read = [stack_name(target.name, layer) for layer in document.get("data", {}).get("terraform_remote_state", {})]
    lower = [name for name in read if not resources(target, name)]
    return f"cannot be planned before {', '.join(lower)} is applied" if lower else ""

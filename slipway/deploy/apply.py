"""One stack: guards, plan, review, approval, apply, record."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from slipway.deploy import live
from slipway.deploy.deposed import take_back
from slipway.deploy.explain import explained, once_more_for_own_lock
from slipway.deploy.guard import check_state, remember
from slipway.deploy.imports import forget_imports
from slipway.deploy.locks import check_unlocked
from slipway.deploy.store import Store
from slipway.deploy.subscriptions import report_pending
from slipway.deploy.target import Target
from slipway.deploy.verify import verify_endpoints
from slipway.deploy.verify_services import verify_services
from slipway.errors import SlipwayError
from slipway.terraform.cli import Terraform
from slipway.terraform.markdown import summary
from slipway.terraform.review import StackReview, review_plan
from slipway.terraform.ui import TerraformError

Approve = Callable[[StackReview], bool]
"""Asked with the review of each plan that changes something; False stops before anything is applied."""


@dataclass(frozen=True)
class StackResult:
    """What became of one stack: its review and whether a plan was applied."""

    review: StackReview
    applied: bool


def plan_file(target: Target, stack: str) -> Path:
    """Where this process keeps a stack's plan."""
    return (target.scratch / "plans" / f"{stack}-{os.getpid()}.tfplan").resolve()


def make_plan(terraform: Terraform, plan: Path, *, destroy: bool = False, lock: bool = True) -> StackReview:
    """Plan and review; the plan file is kept only when there is something to apply."""
    terraform.reporter.step(terraform.stack, "plan")
    changed = terraform.plan(plan, destroy=destroy, lock=lock)
    review = review_plan(terraform.stack, terraform.show(plan)) if changed else StackReview(terraform.stack)
    if review.empty:
        plan.unlink(missing_ok=True)
    terraform.reporter.info(terraform.stack, f"plan: {summary(review)}")
    return review


def apply_stack(target: Target, stack: str, approve: Approve, *, destroy: bool = False) -> StackResult:
    """Bring one stack to what is configured, or destroy what is in it.

    Nothing is planned unless the state is free, known and whole; what a roll-back left behind is put in order first.
    After a failed apply the record follows the state too, so that the next run knows it. LockedError when another run holds the state.
    """
    store, plan = Store(target, stack), plan_file(target, stack)
    check_unlocked(store)
    state = check_state(store)
    _check_saved(target, stack)
    terraform = target.terraform(stack)
    target.reporter.step(stack, "init")
    try:
        terraform.init()
        if state is not None and state.deposed and not destroy:
            take_back(target, terraform)
        with live.preserved(target, stack):
            review = once_more_for_own_lock(store, lambda: make_plan(terraform, plan, destroy=destroy))
            if not review.empty:
                _approved(approve, review)
                apply_plan(target, terraform, plan)
    except TerraformError as error:
        raise explained(store, target, error) from error
    finally:
        plan.unlink(missing_ok=True)
        remember(store)
    forget_imports(target.folder(stack))
    if not destroy and not review.empty:
        verify_endpoints(target, stack)
        verify_services(target, stack)
    if not destroy:
        report_pending(target, stack)
    return StackResult(review, applied=not review.empty)


def apply_plan(target: Target, terraform: Terraform, plan: Path, on_done: Callable[[str, str], None] = lambda _a, _b: None) -> None:
    """Apply a reviewed plan."""
    target.reporter.step(terraform.stack, "apply")
    terraform.apply(plan, on_done)
    target.reporter.info(terraform.stack, "applied")


def _approved(approve: Approve, review: StackReview) -> None:
    if not approve(review):
        raise SlipwayError(f"the plan of {review.stack} was not approved; nothing was applied", fix="Run again and answer yes.")


def _check_saved(target: Target, stack: str) -> None:
    """An apply that could not save its state leaves it here; to plan without it would create everything twice."""
    kept = target.folder(stack) / "errored.tfstate"
    if kept.is_file():
        raise SlipwayError(
            f"refused: an interrupted apply of {stack} could not save its state, which is kept in {kept}",
            fix=f"`slipway deploy {target.name} --recover` saves it to the backend and goes on.",
        )

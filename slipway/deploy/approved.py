"""A plan that is reviewed before it is applied, maybe by somebody else and on another machine.

`slipway plan ENV --save DIR` writes the review for people and the checksums of what each stack's plan does. `slipway deploy ENV
--approved DIR` plans again and applies a stack only when its plan does exactly what was reviewed: Terraform's own plan files hold
secrets and bind to one machine's providers, so they are not kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from slipway.deploy.apply import Approve
from slipway.deploy.holder import now
from slipway.deploy.provenance import provenance
from slipway.deploy.target import Target
from slipway.errors import InputError, SlipwayError
from slipway.terraform.fingerprint import combined
from slipway.terraform.review import Review, StackReview

APPROVED = "approved.json"
PAGE, MARKDOWN, REVIEW = "review.html", "review.md", "review.json"
_VERSION = 1


@dataclass(frozen=True)
class Approved:
    """What was reviewed: `stacks` by name with the checksum of each plan, empty where nothing changed, None where none could be made."""

    environment: str
    account_id: str
    commit: str
    time: str
    plan: str
    stacks: dict[str, str | None]


def plan_checksum(review: Review) -> str:
    """One checksum of everything that the review is about."""
    return combined(f"{stack.stack} {stack.note or stack.digest}" for stack in review.stacks)


def save(review: Review, target: Target, folder: Path) -> Approved:
    """Write `review.html`, `review.md`, `review.json` and `approved.json` into `folder`, which is made where it is missing."""
    from slipway.terraform.markdown import render
    from slipway.terraform.review_page import review_page

    source, time = provenance(target.root), now()
    stacks = {stack.stack: None if stack.note else stack.digest for stack in review.stacks}
    made = Approved(review.environment, target.config.account_id, source.commit, time, plan_checksum(review), stacks)
    commit = (source.commit[:12] or "unknown") + (", with changes" if source.dirty else "")
    facts = {"environment": review.environment, "account": made.account_id, "commit": commit, "checksum": made.plan[:12]}
    documents = {
        PAGE: review_page(review, facts, f"slipway plan, {time}, {source.actor}"),
        MARKDOWN: render(review),
        REVIEW: json.dumps(review.as_dict(), indent=2, sort_keys=True) + "\n",
        APPROVED: json.dumps({"version": _VERSION, **vars(made)}, indent=2) + "\n",
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in documents.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--save {folder}: {error.strerror}", fix="name a folder that can be written") from error
    return made


def load(folder: Path, environment: str) -> Approved:
    """What `save` wrote. InputError when it is not there, not readable, or about another environment."""
    file = folder / APPROVED
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        if document.pop("version") != _VERSION:
            raise ValueError("another version")
        found = Approved(**document)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            f"--approved {folder}: no readable {APPROVED} in it ({error})", fix=f"make one: slipway plan {environment} --save {folder}"
        ) from error
    if found.environment != environment:
        raise InputError(f"--approved {folder}: it is a plan of {found.environment}, not of {environment}", fix="name the right folder")
    return found


def approval(approved: Approved, account_id: str) -> Approve:
    """Lets exactly the reviewed plans through. SlipwayError for any other, before it is applied.

    A stack that has nothing to do any more is never asked about: it was applied before, or the reason for the change is gone.
    """
    if approved.account_id != account_id:
        raise InputError(f"the approved plan is for account {approved.account_id}, not {account_id}", fix="plan again, and get it approved")

    def approve(review: StackReview) -> bool:
        known = approved.stacks.get(review.stack)
        if known == review.digest and known:
            return True
        if review.stack in approved.stacks and known is None:
            what = f"{review.stack} could not be planned when this was reviewed, so nobody has approved its plan"
        elif known:
            what = f"the plan of {review.stack} is not the one that was approved: it does something else now"
        else:
            what = f"{review.stack} changes, but the approved review of {approved.time} has no change of it"
        raise SlipwayError(
            f"refused: {what}; it was not applied",
            fix=f"plan {approved.environment} again with --save, and get that approved. Stacks below it may be applied already.",
            details={"stack": review.stack, "approved": known, "planned": review.digest},
        )

    return approve

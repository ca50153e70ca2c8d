"""In production a person approves."""

from __future__ import annotations

from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, unknown, verdict
from policies.training_pipelines import default_of, definition, steps


def _check(pipeline: Resource, _: Estate) -> Verdict:
    found = definition(pipeline)
    if found is None:
        return unknown("the definition is not in the document")
    own = [step for step in steps(found) if step.type == "RegisterModel"]
    return verdict(
        f"{step.name} registers packages as Approved"
        for step in own
        if default_of(found, step.arguments.get("ModelApprovalStatus")) == "Approved"
    )


RULE = Rule(
    id="CKV_SLIPWAY_87",
    title="Ensure training pipelines of production wait for a person's approval",
    why="An approved package is delivered at once: a pipeline that approves its own model makes every Sunday's data a release.",
    fix="registration: { approval_status: PendingManualApproval }",
    applies_to=("aws_sagemaker_pipeline",),
    check=_check,
    production_only=True,
)

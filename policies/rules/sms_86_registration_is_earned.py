"""A model is registered only when a measurement says so."""

from __future__ import annotations

from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, unknown, verdict
from policies.training_pipelines import definition, steps


def _check(pipeline: Resource, _: Estate) -> Verdict:
    found = definition(pipeline)
    if found is None:
        return unknown("the definition is not in the document")
    registered = [step for step in steps(found) if step.type == "RegisterModel"]
    bare = [f"{step.name} stands behind no condition" for step in registered if not step.guarded]
    return verdict([*bare, *(f"{step.name} registers no metrics" for step in registered if not step.arguments.get("ModelMetrics"))])


RULE = Rule(
    id="CKV_SLIPWAY_86",
    title="Ensure a training pipeline registers a model only behind a condition, and with its metrics",
    why="Whoever approves a package relies on its having been measured: a model that was not could be worse than the one that runs.",
    fix="put RegisterModel into the IfSteps of a condition on the evaluation's report, and give it ModelMetrics",
    applies_to=("aws_sagemaker_pipeline",),
    check=_check,
)

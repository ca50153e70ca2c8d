"""Tags by which bills, budgets and reports are split, also on what a resource starts while it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from policies.estate import Estate, Resource, blocks, is_reference
from policies.rule import NOT_APPLICABLE, Rule, Verdict, verdict

COUNTED = ("environment", "project", "stack")
"""Cost allocation tags: budgets and cost reports filter by them."""
_STARTED = ("environment", "project")
"""What jobs and tasks bear: they belong to no stack."""
_JOB_STEPS = ("Processing", "Training", "Transform", "Tuning")
_JOBS = ("createprocessingjob", "createtrainingjob", "createtransformjob", "createhyperparametertuningjob")


def _check(resource: Resource, estate: Estate) -> Verdict:
    problems = [*_own_tags(resource), *_STARTS.get(resource.type, _nothing)(resource, estate)]
    if not problems and resource.type not in _STARTS and not resource.get("tags"):
        return NOT_APPLICABLE
    return verdict(problems)


def _own_tags(resource: Resource) -> Iterator[str]:
    """A resource's own tags win over default_tags: one that says something else is billed to somebody else."""
    tags = resource.get("tags")
    defaults = _defaults(resource)
    for key in COUNTED if isinstance(tags, Mapping) else ():
        if key in tags and tags[key] != defaults.get(key):
            yield f"tags.{key} is {tags[key]!r}, default_tags say {defaults.get(key)!r}"


def _defaults(resource: Resource) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for provider in blocks(resource.document.content.get("provider", {}), "aws"):
        for default in blocks(provider, "default_tags"):
            found |= default.get("tags") or {}
    return found


def _service(service: Resource, _: Estate) -> Iterator[str]:
    """ECS gives the service's tags to its tasks only when it is told so; tasks are what costs."""
    if service.get("propagate_tags") not in ("SERVICE", "TASK_DEFINITION"):
        yield f"propagate_tags is {service.get('propagate_tags')!r}: tasks bear no tags"


def _pipeline(pipeline: Resource, _: Estate) -> Iterator[str]:
    for step in _steps(_document(pipeline.get("pipeline_definition")).get("Steps")):
        if step.get("Type") in _JOB_STEPS and (missing := _missing((step.get("Arguments") or {}).get("Tags"))):
            yield f"jobs of step {step.get('Name')} lack the tags {', '.join(missing)}"


def _steps(steps: Any) -> Iterator[Mapping[str, Any]]:
    """Every step, also those behind conditions."""
    for step in steps if isinstance(steps, list) else []:
        yield step
        arguments = step.get("Arguments") or {}
        for branch in ("IfSteps", "ElseSteps"):
            yield from _steps(arguments.get(branch))


def _machine(machine: Resource, _: Estate) -> Iterator[str]:
    for name, state in (_document(machine.get("definition")).get("States") or {}).items():
        action = str(state.get("Resource", "")).rpartition(":sagemaker:")[2].partition(".")[0].lower()
        if action in _JOBS and (missing := _missing((state.get("Parameters") or {}).get("Tags"))):
            yield f"jobs of state {name} lack the tags {', '.join(missing)}"


def _missing(tags: Any) -> list[str]:
    keys = {tag.get("Key") for tag in tags if isinstance(tag, Mapping) and tag.get("Value")} if isinstance(tags, list) else set()
    return [key for key in _STARTED if key not in keys]


def _document(text: Any) -> Mapping[str, Any]:
    """A definition; the JSON holds it as text, in which references stand inside of strings."""
    if not isinstance(text, str) or (is_reference(text) and not text.startswith("{")):
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _nothing(_resource: Resource, _estate: Estate) -> Iterator[str]:
    yield from ()


_STARTS = {
    "aws_ecs_service": _service,
    "aws_sagemaker_pipeline": _pipeline,
    "aws_sfn_state_machine": _machine,
}

RULE = Rule(
    id="CKV_SLIPWAY_93",
    title="Ensure costs can be counted by project, environment and stack",
    why="Budgets, cost reports and bills are split by these tags. What bears none, or other values, is paid by everybody.",
    fix="let default_tags stand; propagate_tags of ECS services; Tags of the jobs that pipelines and state machines start",
    applies_to=("*",),
    check=_check,
)

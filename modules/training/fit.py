"""Rules between the parts of a pipeline: references that must name something of the right type. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from modules.training.fields import DataSource, ParameterRef
from modules.training.spec import PipelineSpec
from modules.training.steps import NumberRange

Problem = tuple[tuple[str | int, ...], str]
"""Path below the pipeline, and what is wrong there."""
_TYPES: Mapping[str, tuple[str, ...]] = {
    "instance_count": ("Integer",),
    "threshold": ("Float", "Integer"),
    "hyperparameters": ("String", "Integer", "Float", "Boolean"),
}
"""Options that take other parameters than String ones."""
RESERVED = "code"
"""Input and channel that the source itself comes by."""


def problems(spec: PipelineSpec) -> Iterator[Problem]:
    """Everything that does not fit."""
    for path, reference in _references(spec, ()):
        yield from _reference(spec, path, reference.parameter)
    yield from _outputs(spec)
    yield from _names(spec)
    yield from _tuning(spec)
    yield from _triggers(spec)


def _references(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], ParameterRef]]:
    """Every {parameter: NAME} in the options, with its path."""
    if isinstance(value, ParameterRef):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _references(getattr(value, name), (*path, name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _references(item, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _references(item, (*path, index))


def _reference(spec: PipelineSpec, path: tuple[str | int, ...], name: str) -> Iterator[Problem]:
    if name not in spec.parameters:
        yield (*path, "parameter"), _unknown("parameter", name, spec.parameters)
        return
    wanted = next((_TYPES[str(part)] for part in reversed(path) if part in _TYPES), ("String",))
    kind = spec.parameters[name].type
    if kind not in wanted:
        yield (*path, "parameter"), f"parameter {name} is of type {kind}; this takes {' or '.join(wanted)}"


def _outputs(spec: PipelineSpec) -> Iterator[Problem]:
    """Sources of data: each has one place, and what it names of the processing step exists."""
    outputs = spec.processing.outputs if spec.processing else ()
    for path, source in _sources(spec):
        if problem := source.problem():
            yield path, problem
        elif source.output is not None and path[0] == "processing":
            yield (*path, "output"), "the processing step cannot read what it writes; give an s3_uri"
        elif source.output is not None and source.output not in outputs:
            yield (*path, "output"), _unknown("output of the processing step", source.output, outputs)


def _sources(spec: PipelineSpec) -> Iterator[tuple[tuple[str | int, ...], DataSource]]:
    if spec.processing is not None:
        yield from ((("processing", "inputs", name), item) for name, item in spec.processing.inputs.items())
    yield from ((("training", "channels", name), item) for name, item in spec.training.channels.items())
    yield from ((("evaluation", "inputs", name), item) for name, item in spec.evaluation.inputs.items())


def _names(spec: PipelineSpec) -> Iterator[Problem]:
    """Names that the pipeline gives itself."""
    for path, _ in _sources(spec):
        if path[-1] == RESERVED or (path[0] == "evaluation" and path[-1] == "model"):
            yield path, f"{path[-1]} is given by the pipeline itself; take another name"
    for step in ("processing", "evaluation"):
        outputs = getattr(spec, step).outputs if getattr(spec, step) else ()
        if len(set(outputs)) < len(outputs):
            yield (step, "outputs"), "names an output twice"
    if "evaluation" in spec.evaluation.outputs:
        yield ("evaluation", "outputs"), "evaluation is written without being named here"
    for name in ("sagemaker_program", "sagemaker_submit_directory"):
        if name in spec.training.hyperparameters:
            yield ("training", "hyperparameters", name), f"{name} is set by the pipeline itself; use training.program"


def _tuning(spec: PipelineSpec) -> Iterator[Problem]:
    if (tuning := spec.tuning) is None:
        return
    metrics = [item.name for item in spec.training.metric_definitions]
    if tuning.metric not in metrics:
        yield ("tuning", "metric"), _unknown("metric of training.metric_definitions", tuning.metric, metrics)
    for name in set(tuning.ranges) & set(spec.training.hyperparameters):
        yield ("tuning", "ranges", name), f"{name} is also fixed in training.hyperparameters; leave it out there"
    if tuning.max_parallel_training_jobs > tuning.max_number_of_training_jobs:
        yield ("tuning", "max_parallel_training_jobs"), f"more at a time than in all ({tuning.max_number_of_training_jobs})"
    for name, item in tuning.ranges.items():
        if isinstance(item, NumberRange) and item.scaling_type == "Logarithmic" and item.min_value <= 0:
            yield ("tuning", "ranges", name, "scaling_type"), "Logarithmic needs values above 0"
        if isinstance(item, NumberRange) and item.scaling_type == "ReverseLogarithmic" and not 0 <= item.min_value < item.max_value < 1:
            yield ("tuning", "ranges", name, "scaling_type"), "ReverseLogarithmic needs values from 0 to below 1"


def _triggers(spec: PipelineSpec) -> Iterator[Problem]:
    if spec.triggers is None:
        return
    if (arrival := spec.triggers.arrival) is not None:
        yield from _reference(spec, ("triggers", "arrival"), arrival.parameter)
        if arrival.prefix.startswith(("source/", "runs/")):
            yield (
                ("triggers", "arrival", "prefix"),
                "source/ and runs/ are the pipelines' own; let data arrive elsewhere, such as incoming/",
            )
    for name in spec.triggers.schedule.parameters if spec.triggers.schedule else ():
        if name not in spec.parameters:
            yield ("triggers", "schedule", "parameters", name), _unknown("parameter", name, spec.parameters)


def _unknown(what: str, name: str, known: Any) -> str:
    listed = ", ".join(sorted(map(str, known)))
    return f"unknown {what} {name[:80]!r}; there is {listed}" if listed else f"unknown {what} {name[:80]!r}; there is none"

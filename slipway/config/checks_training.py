"""Rules between training pipelines and the rest of the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from modules.training.fit import problems
from modules.training.source import read_source
from modules.training.spec import PipelineSpec
from slipway.config.finding import Finding
from slipway.config.nodes import Path
from slipway.config.problems import did_you_mean

if TYPE_CHECKING:
    from modules.training.spec import TrainingSpec

_AT: Path = ("training", "pipelines")


def training_references(data: Mapping[str, Any]) -> Iterator[Finding]:
    """What pipelines name must exist and fit. Any part of `data` may be malformed."""
    pipelines = _map(_map(data.get("training")).get("pipelines"))
    for key, pipeline in pipelines.items():
        yield from _references((*_AT, str(key)), str(key), _map(pipeline), data)
        try:
            spec = PipelineSpec.model_validate(pipeline)
        except ValidationError:
            continue
        yield from (Finding((*_AT, str(key), *path), text) for path, text in problems(spec))


def _references(at: Path, key: str, pipeline: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Finding]:
    yield from _model(at, key, pipeline, _map(data.get("models")))
    registries = _map(data.get("registries"))
    yield from _image((*at, "image"), pipeline.get("image", "training"), registries, at if "image" not in pipeline else None)
    yield from _image((*at, "inference_image"), pipeline.get("inference_image"), registries)
    for step in ("processing", "evaluation"):
        yield from _image((*at, step, "image"), _map(pipeline.get(step)).get("image"), registries)
    if pipeline.get("network") == "private" and data.get("network") is None:
        yield Finding((*at, "network"), "private needs the environment's `network`, which this file does not have")


def _model(at: Path, key: str, pipeline: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[Finding]:
    """The model must be one that a package can be released as: one container with one model.tar.gz."""
    named = pipeline.get("model")
    model = key if named is None else named
    place = at if named is None else (*at, "model")
    if not isinstance(model, str):
        return
    if model not in models:
        yield Finding(place, f"unknown model {str(model)[:80]!r}{did_you_mean(str(model), map(str, models))}")
    elif (kind := _map(models[model]).get("kind", "single")) != "single":
        yield Finding(place, f"model {model} is of kind {kind}; a pipeline registers packages of single models")
    elif _map(_map(models[model]).get("container")).get("model_data", "compressed") != "compressed":
        yield Finding(place, f"model {model} takes no model.tar.gz (model_data), and that is what training makes")
    elif not isinstance(_map(_map(models[model]).get("container")).get("image", ""), str) and pipeline.get("inference_image") is None:
        yield Finding(place, f"model {model} runs an image that AWS keeps; name the packages' image by inference_image")


def _image(at: Path, value: Any, registries: Mapping[str, Any], instead: Path | None = None) -> Iterator[Finding]:
    """`instead`: where the finding is shown when the option is not written."""
    if isinstance(value, str) and value not in registries:
        hint = did_you_mean(value, map(str, registries))
        yield Finding(instead or at, f"unknown registry {value[:80]!r}{hint}")


def source_findings(spec: TrainingSpec, root: FilePath) -> list[Finding]:
    """Sources below `root` that are not there or lack a step's program."""
    found = []
    for key, pipeline in spec.pipelines.items():
        at: Path = (*_AT, key)
        try:
            files = read_source(pipeline.source, root)
        except ValueError as error:
            found.append(Finding((*at, "source", "dir"), str(error)))
            continue
        steps = {"processing": pipeline.processing, "training": pipeline.training, "evaluation": pipeline.evaluation}
        for name, step in steps.items():
            if step is not None and step.program not in files:
                hint = did_you_mean(step.program, files)
                found.append(Finding((*at, name, "program"), f"{pipeline.source.dir} has no file {step.program} in `source.include`{hint}"))
    return found


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

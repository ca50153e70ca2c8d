"""Rules between models that Neo compiles and what hosts them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from modules.model.optimize import NeoSpec
from slipway.config.finding import Finding


def compiled_models(data: Mapping[str, Any]) -> Iterator[Finding]:
    """A compiled model runs on the instances that it was compiled for, and on nothing else. Any part of `data` may be malformed."""
    specs = {name: spec for name, model in _map(data.get("models")).items() if (spec := _spec(model))}
    for name, endpoint in _map(data.get("endpoints")).items():
        entry = _map(endpoint)
        for index, variant in enumerate(entry.get("variants") or () if isinstance(entry.get("variants"), list | tuple) else ()):
            yield from _variant(("endpoints", name, "variants", index), _map(variant), specs)
        model = entry.get("model")
        if isinstance(model, str) and model in specs and _map(entry.get("hosting")).get("kind") in ("lambda", "fargate"):
            text = f"model {model} is compiled for {specs[model].target_device}, which only SageMaker instances are"
            yield Finding(("endpoints", name, "model"), text)


def _variant(path: tuple[str | int, ...], variant: Mapping[str, Any], specs: Mapping[Any, NeoSpec]) -> Iterator[Finding]:
    model, kind = variant.get("model"), variant.get("instance_type")
    spec = specs.get(model) if isinstance(model, str) else None
    if spec is None:
        return
    if not isinstance(kind, str):
        yield Finding(
            (*path, "model"), f"model {variant.get('model')} is compiled for {spec.target_device}; a serverless endpoint has no such thing"
        )
    elif not spec.runs_on(kind):
        yield Finding((*path, "instance_type"), f"model {variant.get('model')} is compiled for {spec.target_device}, not for {kind[:80]}")


def _spec(model: Any) -> NeoSpec | None:
    options = _map(_map(model).get("container")).get("optimize")
    try:
        return NeoSpec.model_validate(dict(options)) if isinstance(options, Mapping) else None
    except ValidationError:
        return None  # the model's own options say what is wrong


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

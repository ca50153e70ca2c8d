"""Rules between images that AWS keeps and the rest of the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from modules._shared.prebuilt import PrebuiltImage, locate
from slipway.config.finding import Finding

_FETCHED = ("lambda", "fargate")


def prebuilt_images(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Images that AWS does not keep in the region, and hosting that cannot run one. Any part of `data` may be malformed."""
    region = data.get("region")
    using = set()
    for name, model in _map(data.get("models")).items():
        for path, container in _containers(_map(model)):
            image = container.get("image")
            if not isinstance(image, Mapping):
                continue
            using.add(name)
            if isinstance(region, str) and (problem := _problem(image, region)):
                yield Finding(("models", name, *path, "image"), problem)
    for name, entry in _map(data.get("endpoints")).items():
        kind, model = _map(_map(entry).get("hosting")).get("kind"), _map(entry).get("model")
        if kind in _FETCHED and isinstance(model, str) and model in using:
            why = f"{kind} needs one that fetches its model itself: use a registry of your own"
            text = f"model {model} runs an image that AWS keeps for SageMaker; {why}"
            yield Finding(("endpoints", name, "model"), text)


def _problem(image: Mapping[str, Any], region: str) -> str:
    try:
        locate(PrebuiltImage.model_validate(dict(image)), "inference", region)
    except ValidationError:
        return ""  # the model's own options say what is wrong
    except ValueError as error:
        return str(error)
    return ""


def _containers(model: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    yield ("container",), _map(model.get("container"))
    several = model.get("containers")
    for index, container in enumerate(several if isinstance(several, list | tuple) else ()):
        yield ("containers", index), _map(container)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

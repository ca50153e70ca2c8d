"""Which processor a model's image is made for, read off what hosts it. Pure: loads no toolkit and no boto3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from slipway.errors import InputError

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig

_GRAVITON = re.compile(r"^ml\.[a-z]+[0-9]+g[a-z]*\.")


def required_architecture(config: EnvironmentConfig, model: str) -> str:
    """`arm64` when everything that hosts the model is Graviton, otherwise `amd64`; a mixture is an InputError."""
    found = dict(_hosts(config, model))
    arm, amd = ({place for place, kind in found.items() if kind == wanted} for wanted in ("arm64", "amd64"))
    if arm and amd:
        raise InputError(
            f"model {model} runs on arm64 ({', '.join(sorted(arm))}) and on amd64 ({', '.join(sorted(amd))})",
            fix="one image has one architecture: use one family, or two models",
        )
    return "arm64" if arm else "amd64"


def _hosts(config: EnvironmentConfig, model: str) -> Iterator[tuple[str, str]]:
    """What hosts the model, as an error names it, and its architecture. Hosting that follows the image is left out."""
    for endpoint in config.sagemaker_endpoints.values():
        for variant in (*endpoint.variants, *getattr(endpoint, "shadow_variants", ())):
            if variant.model == model:
                place = getattr(variant, "instance_type", "serverless")
                yield place, "arm64" if _GRAVITON.match(place) else "amd64"
    for name, other in config.other_hosting.items():
        hosting = getattr(other, "hosting", None)
        named = getattr(hosting, "architecture", None) or getattr(hosting, "cpu_architecture", None)
        if other.model == model and named:
            yield f"{other.hosting.kind} {name}", "arm64" if named.lower() == "arm64" else "amd64"

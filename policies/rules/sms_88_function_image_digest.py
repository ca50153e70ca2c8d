"""Images of functions are pinned."""

from __future__ import annotations

import re

from policies.estate import Estate, Resource
from policies.rule import NOT_APPLICABLE, Rule, Verdict, unknown, verdict

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def _check(function: Resource, estate: Estate) -> Verdict:
    if function.get("package_type") != "Image":
        return NOT_APPLICABLE
    image = estate.text(function.get("image_uri"), function.document)
    if isinstance(image, str) and image.endswith("}"):
        return unknown(f"image_uri is {image}")
    return verdict([] if _DIGEST.search(str(image)) else [f"image_uri {image} has no digest"])


RULE = Rule(
    id="CKV_SLIPWAY_88",
    title="Ensure a function's container image is named by digest",
    why="A tag can be moved: the function would keep the image of its last update, and the next update would bring one that nobody tested.",
    fix="image_uri: <repository>@sha256:<64 hex digits>",
    applies_to=("aws_lambda_function",),
    check=_check,
)

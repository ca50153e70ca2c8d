"""Jobs of training pipelines are pinned, isolated and encrypted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, unknown, verdict
from policies.training_pipelines import Step, definition, steps

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_IMAGES = {
    "Processing": ("AppSpecification", "ImageUri"),
    "Training": ("AlgorithmSpecification", "TrainingImage"),
    "Tuning": ("AlgorithmSpecification", "TrainingImage"),
    "Model": ("PrimaryContainer", "Image"),
}
_OUTPUTS = {
    "Processing": "ProcessingOutputConfig",
    "Training": "OutputDataConfig",
    "Tuning": "OutputDataConfig",
    "Transform": "TransformOutput",
}


def _check(pipeline: Resource, _: Estate) -> Verdict:
    found = definition(pipeline)
    if found is None:
        return unknown("the definition is not in the document")
    return verdict(f"{step.name}: {problem}" for step in steps(found) for problem in _problems(step))


def _problems(step: Step) -> Iterator[str]:
    arguments = step.arguments
    if step.type in _IMAGES:
        holder, name = _IMAGES[step.type]
        image = _map(arguments.get(holder)).get(name)
        if not _DIGEST.search(str(image)):
            yield f"image {image} has no digest"
    for container in _map(arguments.get("InferenceSpecification")).get("Containers", []):
        if not _DIGEST.search(str(container.get("Image"))):
            yield f"the package's image {container.get('Image')} has no digest"
    if step.type in _OUTPUTS and not _map(arguments.get(_OUTPUTS[step.type])).get("KmsKeyId"):
        yield "its output has no customer managed key"
    isolated = _map(arguments.get("NetworkConfig")) if step.type == "Processing" else arguments
    if step.type in _IMAGES and isolated.get("EnableNetworkIsolation") is not True:
        yield "its container may use the network"


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


RULE = Rule(
    id="CKV_SLIPWAY_85",
    title="Ensure jobs of training pipelines run pinned images without network and encrypt what they write",
    why="A training job reads all the data and runs code from many hands: with a network it can send the data away, and with a moved tag "
    "nobody knows what made the model.",
    fix="enable_network_isolation: true; pin the image with `slipway image push ENV --registry KEY`",
    applies_to=("aws_sagemaker_pipeline",),
    check=_check,
)

"""The smallest real use: one container, one model.tar.gz."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.model.construct import Model, ModelRefs
from modules.model.spec import ContainerSpec, SingleModelSpec

NAMING = Naming("slipway", "example", "111111111111", "eu-west-1", {"owner": "ml-platform"})


def build(stack: Any) -> None:
    """Adds the model `wine` to the stack."""
    spec = SingleModelSpec(container=ContainerSpec(image="inference", environment={"LOG_LEVEL": "info"}))
    refs = ModelRefs(
        execution_role_arn="arn:aws:iam::111111111111:role/slipway-example-wine",
        images={"container": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/slipway-example-inference@sha256:" + "ab" * 32},
        artifacts={"container": "s3://slipway-example-models-111111111111/models/wine/" + "cd" * 32 + "/model.tar.gz"},
    )
    wine = Model(stack, "wine", naming=NAMING, name="wine", spec=spec, refs=refs)
    export(stack, "wine", wine.outputs)

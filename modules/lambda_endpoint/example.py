"""The smallest real use: one model, one function, two environments kept ready."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.lambda_endpoint.construct import LambdaEndpoint, LambdaRefs
from modules.lambda_endpoint.spec import LambdaHosting, ProvisionedConcurrency

NAMING = Naming("slipway", "example", "111111111111", "eu-west-1", {"owner": "ml-platform"})
KEY = "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"
IMAGE = f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/slipway-example-inference@sha256:{'0' * 64}"


def build(stack: Any) -> None:
    """Function, alias, role, log group and scaling of the endpoint `wine-function`."""
    spec = LambdaHosting(kind="lambda", memory_size=1769, timeout=20, provisioned_concurrency=ProvisionedConcurrency(minimum=2, maximum=5))
    refs = LambdaRefs(
        image=IMAGE,
        architecture="x86_64",
        kms_key_arn=KEY,
        logs_kms_key_arn=KEY,
        artifact=f"{NAMING.bucket('models')}/models/wine/sha256/{'1' * 64}/model.tar.gz",
        artifact_sha256="1" * 64,
        artifacts_kms_key_arn=KEY,
    )
    function = LambdaEndpoint(stack, "lambda_wine-function", naming=NAMING, name="wine-function", spec=spec, refs=refs)
    export(stack, "lambda_wine-function", function.outputs)

"""InvokeEndpoint with TargetModel: one container that loads many models."""

from __future__ import annotations

import json
from typing import Any

from tests.localaws.hosting.conftest import image
from tests.localaws.hosting.lab import ROLE, Lab, archive, variant
from tests.localaws.runtime.test_invoke import failed

__all__ = ["image"]


def test_the_model_is_named_by_the_request(lab: Lab, client: Any) -> None:
    for name in ("a", "b"):
        client("s3").put_object(Bucket="models", Key=f"many/{name}.tar.gz", Body=archive(answer=name))
    container = {"Image": lab.image, "Mode": "MultiModel", "ModelDataUrl": "s3://models/many/"}
    lab.sagemaker.create_model(ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    lab.config("c", variant()), lab.create("c")
    runtime = client("sagemaker-runtime")
    answers = [runtime.invoke_endpoint(EndpointName="e", Body=b"x", TargetModel=f"{name}.tar.gz")["Body"].read() for name in "aba"]
    assert [json.loads(answer)["answer"] for answer in answers] == ["a", "b", "a"]
    assert "needs one" in failed(runtime)[2]
    code, status, message, _ = failed(runtime, TargetModel="absent.tar.gz")
    assert (code, status) == ("ValidationError", 400) and "Failed to download model data" in message

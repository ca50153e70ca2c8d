"""`optimize: neo`: the archive is compiled once, and its result pinned by its own content. SageMaker's part is played by the test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.artifacts import compile as neo
from slipway.artifacts.account import Account
from slipway.artifacts.release import release
from slipway.config.load import load_environment
from slipway.config.release import load_lock
from slipway.errors import SlipwayError

OPTIMIZE = {
    "kind": "neo",
    "target_device": "ml_m5",
    "framework": "PYTORCH",
    "framework_version": "2.0",
    "data_input_config": '{"x": [1, 3]}',
}


class Compiler:
    """CreateCompilationJob and DescribeCompilationJob; the compiled archive is the source and a few bytes more."""

    def __init__(self, account: Account, ends: str = "COMPLETED") -> None:
        self.s3, self.ends, self.requests = account.client("s3"), ends, []  # type: ignore[var-annotated]

    def create_compilation_job(self, **request: Any) -> None:
        self.requests.append(request)
        bucket, _, key = request["InputConfig"]["S3Uri"].removeprefix("s3://").partition("/")
        data = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        self.made = f"{request['OutputConfig']['S3OutputLocation']}model-ml_m5.tar.gz"
        if self.ends == "COMPLETED":
            self.s3.put_object(Bucket=bucket, Key=self.made.removeprefix(f"s3://{bucket}/"), Body=data + b"compiled")
        self.looks = 0

    def describe_compilation_job(self, CompilationJobName: str) -> dict[str, Any]:
        self.looks += 1
        status = "INPROGRESS" if self.looks == 1 else self.ends
        found: dict[str, Any] = {"CompilationJobStatus": status, "CompilationJobName": CompilationJobName}
        return {**found, "ModelArtifacts": {"S3ModelArtifacts": self.made}, "FailureReason": "ClientError: unsupported operator"}


@pytest.fixture
def dev(account: Callable[[str], Account], root: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    made = account("dev")
    file = root / "environments" / "dev.yaml"
    wanted = f"wine: {{ container: {{ image: inference, optimize: {json.dumps(OPTIMIZE)} }} }}"
    file.write_text(file.read_text().replace("wine: { container: { image: inference } }", wanted))
    made.config = load_environment("dev", root)
    monkeypatch.setattr(neo, "time", SimpleNamespace(sleep=lambda _seconds: None))
    return made


def test_an_archive_is_compiled_once(dev: Account, root: Path, model: Path, image: Path) -> None:
    compiler = dev._clients["sagemaker"] = Compiler(dev)
    done = release(dev, root, ["wine"], source=model, image=str(image))
    pin = load_lock("dev", root).models["wine"].artifact
    assert done.changed and pin is not None and pin.key == f"models/wine/{pin.sha256}/model.tar.gz"
    body = dev.client("s3").get_object(Bucket=dev.models_bucket, Key=pin.key)["Body"].read()
    assert body.endswith(b"compiled")
    (request,) = compiler.requests
    assert request["RoleArn"] == "arn:aws:iam::111111111111:role/slipway-dev-model-wine"
    assert request["InputConfig"]["Framework"] == "PYTORCH" and request["InputConfig"]["FrameworkVersion"] == "2.0"
    assert request["OutputConfig"]["TargetDevice"] == "ml_m5"
    assert not release(dev, root, ["wine"], source=model, image=None).changed
    assert not release(dev, root, ["wine"]).changed
    assert len(compiler.requests) == 1


def test_a_compilation_that_fails_leaves_the_lock(dev: Account, root: Path, model: Path, image: Path) -> None:
    dev._clients["sagemaker"] = Compiler(dev, "FAILED")
    with pytest.raises(SlipwayError, match="FAILED: ClientError: unsupported operator"):
        release(dev, root, ["wine"], source=model, image=str(image))
    assert not (root / "environments" / "dev.lock.yaml").exists()


def test_the_local_aws_says_that_it_has_no_compiler(dev: Account, root: Path, model: Path, image: Path) -> None:
    with pytest.raises(SlipwayError, match="the local AWS has no compiler"):
        release(dev, root, ["wine"], source=model, image=str(image))

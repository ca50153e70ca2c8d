"""Functions made of container images: the image's own process speaks to a runtime API over HTTP, as in AWS Lambda."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.image_push import push
from slipway.artifacts.sample_image import build_image_archive
from slipway.localaws.functions import pool
from tests.localaws.functions.lab import ACCOUNT, REGION, Functions, until

RUNTIME = """
import json, os, sys, time
from urllib.request import Request, urlopen
base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/"
def post(path, body):
    urlopen(Request(base + path, json.dumps(body).encode(), method="POST")).read()
if os.environ.get("BROKEN") == "tells":
    post("init/error", {"errorType": "Container.FailedToStart", "errorMessage": "no model"})
if os.environ.get("BROKEN"):
    sys.exit(3)
print("started with", sys.argv[1:], flush=True)
while True:
    with urlopen(base + "invocation/next") as found:
        request, event = found.headers["Lambda-Runtime-Aws-Request-Id"], json.load(found)
        left = int(found.headers["Lambda-Runtime-Deadline-Ms"]) / 1000 - time.time()
    print("asked", event, flush=True)
    if event == "exit":
        os._exit(4)
    if event == "sleep":
        time.sleep(30)
    if event == "fail":
        post(f"invocation/{request}/error", {"errorType": "Model.503", "errorMessage": "busy"})
        continue
    post(f"invocation/{request}/response", {"event": event, "pid": os.getpid(), "left": left, "region": os.environ["AWS_REGION"],
         "answer": os.environ.get("ANSWER"), "kind": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]})
"""


@pytest.fixture
def image(client: Callable[..., Any], tmp_path: Path) -> str:
    """The runtime as an image in the local ECR, by digest."""
    folder = tmp_path / "container"
    folder.mkdir()
    (folder / "main.py").write_text(RUNTIME)
    (folder / "Dockerfile").write_text(
        'FROM python:3.11\nCOPY main.py /opt/program/main.py\nENTRYPOINT ["python", "/opt/program/main.py"]\n'
    )
    build_image_archive(folder, tmp_path / "image.tar")
    client("ecr").create_repository(repositoryName="runtime")
    with open_image_archive(tmp_path / "image.tar") as saved:
        pushed = push(SimpleNamespace(client=client), "runtime", saved.manifest, saved.blobs, tag="1")  # type: ignore[arg-type]
    return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/runtime@{pushed.digest}"


def make(functions: Functions, image: str, **options: Any) -> None:
    functions.api.create_function(
        FunctionName="f", Role=functions.role, PackageType="Image", Code={"ImageUri": image}, **{"Timeout": 10, **options}
    )


def test_a_container_answers_and_stays_warm(functions: Functions, image: str) -> None:
    make(functions, image, Environment={"Variables": {"ANSWER": "42"}}, Timeout=7)
    first, second = functions.invoke({"a": "ä"}), functions.invoke(2)
    assert (first["event"], first["answer"], first["region"], first["kind"]) == ({"a": "ä"}, "42", REGION, "on-demand")
    assert 5 < first["left"] <= 7
    assert first["pid"] == second["pid"]
    log = until(lambda: [line for line in functions.log() if line.startswith("REPORT")][1:] and functions.log())
    assert "started with ['serve']" in log
    assert sum("Init Duration" in line for line in log) == 1
    assert [line for line in log if line.startswith("asked")] == ["asked {'a': 'ä'}", "asked 2"]
    assert functions.total("Invocations", {"FunctionName": "f"}) == 2


@pytest.mark.parametrize(("event", "kind"), [("fail", "Model.503"), ("exit", "Runtime.ExitError"), ("sleep", "Sandbox.Timedout")])
def test_what_goes_wrong_is_an_error_of_the_invocation(functions: Functions, image: str, event: str, kind: str) -> None:
    make(functions, image, Timeout=1)
    answer = functions.raw(event)
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == kind
    assert functions.invoke(1)["event"] == 1, "the next request gets a new environment"
    assert functions.total("Errors", {"FunctionName": "f"}) == 1


@pytest.mark.parametrize(("how", "kind"), [("tells", "Container.FailedToStart"), ("silent", "Runtime.ExitError")])
def test_a_container_that_does_not_start(functions: Functions, image: str, how: str, kind: str) -> None:
    make(functions, image, Environment={"Variables": {"BROKEN": how}})
    assert functions.invoke(1)["errorType"] == kind
    until(lambda: pool.count() == 0)


def test_an_image_that_is_not_there_cannot_answer(functions: Functions, image: str) -> None:
    make(functions, image[:-3] + "000")
    with pytest.raises(ClientError, match="is not in the local ECR"):
        functions.invoke(1)


def test_versions_aliases_and_provisioned_concurrency(functions: Functions, image: str) -> None:
    """An alias keeps its version's variables; provisioned concurrency belongs to the alias, and goes with it."""
    make(functions, image, Environment={"Variables": {"ANSWER": "1"}}, Publish=True)
    functions.api.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    functions.api.update_function_configuration(FunctionName="f", Environment={"Variables": {"ANSWER": "2"}})
    assert (functions.invoke(1, Qualifier="live")["answer"], functions.invoke(1)["answer"]) == ("1", "2")
    wanted = {"FunctionName": "f", "Qualifier": "live"}
    with pytest.raises(ClientError, match="ProvisionedConcurrencyConfigNotFoundException"):
        functions.api.get_provisioned_concurrency_config(**wanted)
    functions.api.put_provisioned_concurrency_config(**wanted, ProvisionedConcurrentExecutions=2)
    found = functions.api.get_provisioned_concurrency_config(**wanted)
    assert (found["Status"], found["RequestedProvisionedConcurrentExecutions"]) == ("READY", 2)
    functions.api.update_alias(FunctionName="f", Name="live", FunctionVersion="1")
    with pytest.raises(ClientError, match="unpublished function versions"):
        functions.api.put_provisioned_concurrency_config(FunctionName="f", Qualifier="$LATEST", ProvisionedConcurrentExecutions=1)
    functions.api.delete_provisioned_concurrency_config(**wanted)
    with pytest.raises(ClientError, match="NotFound"):
        functions.api.delete_provisioned_concurrency_config(**wanted)


def test_provisioned_environments_are_started_ahead_and_follow_the_alias(functions: Functions, image: str) -> None:
    make(functions, image, Publish=True)
    functions.api.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    functions.api.put_provisioned_concurrency_config(FunctionName="f", Qualifier="live", ProvisionedConcurrentExecutions=2)
    until(lambda: ready() == 2)
    first = functions.invoke(1, Qualifier="live")
    assert first["kind"] == "provisioned-concurrency"
    log = until(lambda: [line for line in functions.log() if line.startswith("REPORT")])
    assert "Init Duration" not in log[0]
    functions.api.update_function_configuration(FunctionName="f", Environment={"Variables": {"ANSWER": "2"}})
    functions.api.publish_version(FunctionName="f")
    functions.api.update_alias(FunctionName="f", Name="live", FunctionVersion="2")
    until(lambda: ready() == 4)
    second = functions.invoke(1, Qualifier="live")
    assert (second["answer"], second["kind"]) == ("2", "provisioned-concurrency")
    functions.api.delete_function(FunctionName="f")
    until(lambda: pool.count() == 0)


def ready() -> int:
    """Processes that nobody uses."""
    return sum(len(version.idle) for version in pool._versions.values())


def test_a_deleted_function_ends_its_containers(functions: Functions, image: str) -> None:
    make(functions, image)
    functions.invoke(1)
    assert pool.count() == 1
    functions.api.delete_function(FunctionName="f")
    until(lambda: pool.count() == 0)

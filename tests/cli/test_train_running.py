"""`slipway train --local` and `slipway models` in a local AWS that runs already: it is used, and everything stays there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.config.load import load_environment
from slipway.progress import Silent
from slipway.training.temporary import temporary_pipeline
from tests.cli.support import Slipway
from tests.localaws.strict import StrictClients
from tests.training.project import Interrupting, make_project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def running(project: Path) -> Iterator[str]:
    """A local AWS in which the pipeline is deployed; its URL."""
    with temporary_pipeline(load_environment("dev", project), "wine", project, Silent()) as pipeline:
        yield pipeline.account.client("sagemaker").meta.endpoint_url


@pytest.fixture(autouse=True)
def _there(project: Path, running: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_ROOT", str(project))
    monkeypatch.setenv("SLIPWAY_LOCAL", running)


def test_an_execution_from_detached_to_deployed(slipway: Slipway, running: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started = json.loads(slipway("train", "dev", "--local", "--detach", "--json").out)
    assert started["status"] in ("Executing", "Succeeded")
    followed = json.loads(slipway("train", "dev", "--local", "--follow", started["id"], "--json").out)
    assert (followed["id"], followed["status"]) == (started["id"], "Succeeded")
    (wine,) = json.loads(slipway("models", "dev", "--local", "--json").out)["models"]
    (package,) = wine["packages"]
    assert (wine["model"], wine["group"], package["version"], package["approval"]) == (
        "wine",
        "slipway-dev-wine",
        1,
        "PendingManualApproval",
    )
    assert package["metrics"] == {"metrics.accuracy": 0.9, "rows": 3.0} and wine["release"]["artifact"]["sha256"] and not wine["deployed"]
    shown = slipway("models", "dev", "--local").out
    assert "PendingManual" in shown and "accuracy 0.9" in shown and "deployed: nowhere" in shown
    approved = slipway("models", "dev", "approve", "wine/1", "--comment", "tasted", "--local")
    assert approved.code == 0 and approved.out == f"{package['arn']}: Approved\n"
    (wine,) = json.loads(slipway("models", "dev", "--local", "--json").out)["models"]
    assert (wine["packages"][0]["approval"], wine["packages"][0]["comment"]) == ("Approved", "tasted")
    deploy(running, package["model_data"], monkeypatch)
    (wine,) = json.loads(slipway("models", "dev", "--local", "--json").out)["models"]
    assert [(item["endpoint"], item["variant"], item["package_arn"]) for item in wine["deployed"]] == [("wine", "main", package["arn"])]
    assert "from slipway-dev-wine/1" in slipway("models", "dev", "--local").out
    register(running)
    (wine,) = json.loads(slipway("models", "dev", "--local", "--newest", "1", "--json").out)["models"]
    assert [item["version"] for item in wine["packages"]] == [2]
    assert "Rejected" in slipway("models", "dev", "reject", package["arn"], "--local").out


def test_ctrl_c_stops_following_only(slipway: Slipway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway.training.follow.time", Interrupting())
    done = slipway("train", "dev", "--local", "-p", "Quality=0.7")
    assert done.code == 130 and "goes on; `slipway train dev wine --local --follow last` or" in done.err


def test_retry_and_stop_of_what_has_ended(slipway: Slipway) -> None:
    failed = slipway("train", "dev", "--local", "-p", "Quality=broken", "--json")
    assert failed.code == 1
    again = slipway("train", "dev", "--local", "--retry", json.loads(failed.out)["id"], "--json")
    assert again.code == 1 and json.loads(again.out)["id"] == json.loads(failed.out)["id"]
    stopped = slipway("train", "dev", "--local", "--stop", "last")
    assert stopped.code == 1 and "cannot be stopped" in stopped.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("train", "dev", "--local", "-p", "Qualty=1"), "did you mean Quality?"),
        (("train", "dev", "--local", "-p", "Threshold=high"), "is no Float"),
        (("train", "dev", "--local", "--follow", "nothing"), "has no execution nothing"),
        (("models", "dev", "approve", "--local"), "approve which package?"),
        (("models", "dev", "--comment", "x", "--local"), "goes with approve and reject"),
        (("models", "dev", "approve", "wine", "--local"), "names no package"),
        (("models", "dev", "approve", "wine/99", "--local"), "there is no model package"),
        (("models", "dev", "approve", "beer/1", "--local"), "has no model 'beer'"),
        (("models", "dev", "approve", "arn:aws:sagemaker:eu-west-1:999999999999:model-package/x/1", "--local"), "is not of dev"),
    ],
)
def test_what_is_wrong(slipway: Slipway, arguments: tuple[str, ...], said: str) -> None:
    done = slipway(*arguments)
    assert done.code == 2 and said in done.err, done


def register(url: str) -> None:
    """Another version."""
    specification = {"Containers": [{"Image": "other:1"}], "SupportedContentTypes": [], "SupportedResponseMIMETypes": []}
    StrictClients(url)("sagemaker").create_model_package(ModelPackageGroupName="slipway-dev-wine", InferenceSpecification=specification)


def deploy(url: str, model_data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint with the package's model; no container runs for it."""
    monkeypatch.setenv("SLIPWAY_LOCAL_HOSTING", "off")
    sagemaker = StrictClients(url)("sagemaker")
    container = {"Image": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/other:1", "ModelDataUrl": model_data}
    sagemaker.create_model(ModelName="m", ExecutionRoleArn="arn:aws:iam::111111111111:role/x", PrimaryContainer=container)
    variant = {"VariantName": "main", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="slipway-dev-wine", EndpointConfigName="c")

"""Environments lived through on the local AWS with the real provider: released, deployed, empty re-plan, changed, destroyed.

dev, what prod protects, and examples/full with all that may stand around serving.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from slipway.artifacts.account import Account
from slipway.artifacts.registry_image import pin_registry_image
from slipway.artifacts.release import release
from slipway.config.load import load_environment
from slipway.demo.front import Front
from slipway.demo.full import whole_sample
from slipway.demo.kinds import Kinds
from slipway.demo.project import MODEL, pin, train_and_pack
from slipway.demo.watched import Watched
from slipway.deploy.deploy import Options, bootstrap_only, deploy
from slipway.deploy.destroy import destroy
from slipway.deploy.opening import open_target
from slipway.deploy.outputs import read_outputs
from slipway.deploy.preview import preview
from slipway.errors import SlipwayError
from slipway.localaws.left_over import left_over
from slipway.localaws.process import down, up
from slipway.progress import Silent
from slipway.scan.scan import scan
from slipway.terraform.review import Review, StackReview

ROOT = Path(__file__).resolve().parents[2]
FULL = "full"
SPEED = 600.0
"""Ten minutes of baking pass in a second."""
YES = lambda _review: True  # noqa: E731


class Project:
    """A scratch copy of the environment files with its own local AWS."""

    def __init__(self, root: Path, environment: str) -> None:
        self.root, self.environment = root, environment
        shutil.copytree(ROOT / "environments", root / "environments", ignore=shutil.ignore_patterns("*.lock.yaml"))
        shutil.copytree(ROOT / "examples", root / "examples")
        if environment == FULL:
            shutil.copy(ROOT / "examples" / FULL / f"{FULL}.yaml", root / "environments")
        (ROOT / ".tools").mkdir(exist_ok=True)
        (root / ".tools").symlink_to(ROOT / ".tools")
        self.url = up(root, speed=SPEED)[0].url
        self.sample = train_and_pack(ROOT, root, Silent(), [MODEL])
        if environment == FULL:
            self.sample = whole_sample(self.sample, ROOT, root, Silent())
        pin_environment(self)

    def open(self) -> Any:
        os.environ["SLIPWAY_LOCAL"] = self.url
        try:
            return open_target(self.environment, self.root, Silent(), local=True)
        finally:
            del os.environ["SLIPWAY_LOCAL"]

    def release(self, stack: str = "-serving") -> None:
        account = Account(load_environment(self.environment, self.root), local_url=self.url)
        if stack.endswith("-training"):
            for registry, (archive, _) in self.sample.others.items():
                pin_registry_image(account, self.root, registry, str(archive))
        if stack.endswith("-serving"):
            for model, archive in self.sample.archives.items():
                release(account, self.root, [model], source=archive.path, image=str(self.sample.image))

    def edit(self, change: dict[str, Any]) -> None:
        """Merge into the environment's own file, as a person would edit it."""
        path, yaml = self.root / "environments" / f"{self.environment}.yaml", YAML()
        document = yaml.load(path)
        _merge(document, change)
        with path.open("w") as file:
            yaml.dump(document, file)


def pin_environment(project: Project) -> None:
    config = load_environment(project.environment, project.root)
    repository = config.registries["inference"].repository_name(config.naming, "inference")
    pin(project.root, repository, project.sample, project.environment)


def _merge(into: Any, change: dict[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


@pytest.fixture(params=["dev"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path, request.param)
    try:
        yield made
    finally:
        down(tmp_path)


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path, FULL)
    try:
        yield made
    finally:
        down(tmp_path)


def changes(review: Review) -> dict[str, set[tuple[str, str]]]:
    """Stack -> (type, action) of what its plan changes."""
    return {stack.stack: actions(stack) for stack in review.stacks if actions(stack)}


def actions(stack: StackReview) -> set[tuple[str, str]]:
    return {(change.type, change.action) for change in stack.changes if change.action not in ("no-op", "read")}


@pytest.mark.provider
@pytest.mark.slow(minutes=3)
def test_life(project: Project) -> None:
    name = project.environment
    target = project.open()
    assert scan(target.outdir, target.config).ok
    deploy(target, YES, Options(before=project.release))
    assert preview(target).empty
    outputs = read_outputs(target)[f"{name}-serving"]
    assert outputs["endpoint_wine_name"] == f"slipway-{name}-wine"

    live = json.loads(json.dumps(target.client("sagemaker").describe_endpoint(EndpointName=f"slipway-{name}-wine"), default=str))
    assert live["EndpointStatus"] == "InService"
    assert live["EndpointConfigName"] == outputs["endpoint_config_wine_name"]

    change_an_option(project)
    destroy(project.open(), YES)
    assert left_over(project.url, target.config.account_id) == []


def change_an_option(project: Project) -> None:
    """A changed option of an immutable thing makes a new one, and the endpoint follows in place; the other layers stay as they are."""
    project.edit({"endpoints": {"wine": {"data_capture": {"sampling_percentage": 50}}}})
    expected = {("aws_sagemaker_endpoint_configuration", "replace"), ("aws_sagemaker_endpoint", "update")}
    review = changes(preview(project.open()))
    assert expected <= review[f"{project.environment}-serving"]
    assert f"{project.environment}-state" not in review
    results = deploy(project.open(), YES)
    assert preview(project.open()).empty, [r.review for r in results]


@pytest.mark.provider
@pytest.mark.slow(minutes=2)
def test_what_production_protects(tmp_path: Path) -> None:
    """What is protected is not destroyed before its protection is taken away, by an apply of its own."""
    prod = Project(tmp_path, "prod")
    try:
        bootstrap_only(prod.open(), YES)
        for stack in ("network", "shared"):
            deploy(prod.open(), YES, Options(stack=stack))
        with pytest.raises(SlipwayError, match="is protected"):
            destroy(prod.open(), YES)
        allow = {"force_destroy": True}
        prod.edit({"state": {"deletion_protection": False}, "registries": {"inference": {"force_delete": True}}})
        prod.edit({"storage": {key: dict(allow) for key in ("models", "data_capture", "async_output", "access_logs")}})
        for stack in ("state", "shared"):
            deploy(prod.open(), YES, Options(stack=stack))
        destroy(prod.open(), YES)
        assert left_over(prod.url, prod.open().config.account_id) == []
    finally:
        down(tmp_path)


@pytest.mark.provider
@pytest.mark.slow(minutes=4)
def test_everything_around_serving(full: Project) -> None:
    target = full.open()
    assert scan(target.outdir, target.config).ok
    deploy(target, YES, Options(before=full.release))
    assert preview(target).empty

    front = Front(target.config, full.url, full.sample)
    assert "each equal to the model's own" in front.signed()[0]
    assert front.refused()[0].startswith("unsigned 403")
    kinds = Kinds(target.config, full.url, full.root, full.sample, Silent())
    answered = kinds.ask()[0]
    assert all(kind in answered for kind in ("instances", "serverless", "asynchronous", "lambda", "fargate"))
    assert "178 wines as the model says; told as failed: broken.csv line 2" in kinds.score()[0]
    watched = Watched(target.config, full.url, full.root, full.root / "reports", Silent())
    assert "150 requests, all answers as expected" in watched.distributed()[0]
    assert "in ALARM" in watched.alarm()[0]
    assert "as in CloudWatch" in watched.dashboard()[0]

    destroy(full.open(), YES)
    assert left_over(full.url, target.config.account_id) == []

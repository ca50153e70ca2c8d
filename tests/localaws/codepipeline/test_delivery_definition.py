"""The definition that modules/delivery makes, executed: CodePipeline and CodeBuild of the local AWS run its stages and buildspecs.

`slipway` is a recorder in the repository, so that only the way through the definition is looked at: production gets nothing when
tests, the scan or the approval say no, and its rollback when an answer is wrong. The demo goes the same way with the real commands.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.localaws.codebuild import support as builds
from tests.localaws.codepipeline.support import NAME, ROLE, Pipeline, Repository
from tests.modules.delivery.definition import CASES, build, pipeline_declaration, project_input, projects
from tests.modules.delivery.test_delivery_runs import RECORDER

PLACEHOLDER = "arn:aws:codeconnections:eu-west-1:111111111111:connection/00000000-0000-0000-0000-000000000000"
ENVIRONMENTS = [{"name": "dev", "approval": False, "cases": CASES}, {"name": "prod", "cases": CASES}]
MAKEFILE = "setup .venv/.synced:\n\t@true\ntest:\n\t@{test}\n.PHONY: setup test\n"


@functools.lru_cache(maxsize=1)
def synthesized() -> str:
    options = {"repository": "owner/name", "environments": ENVIRONMENTS, "connection_arn": PLACEHOLDER}
    return json.dumps(build(image={"registry": "inference", "models": ["wine"]}, **options))


class Delivery:
    """The pipeline of `dev` and `prod` on a repository, and what its builds called."""

    def __init__(self, client: Callable[..., Any], url: str, folder: Path) -> None:
        self.calls = folder / "calls"
        self.calls.write_text("")
        self.pipeline = Pipeline(client, url, Repository(folder))

    def create(self, *, test: str = "true", fails: str = "") -> None:
        """Create it; its first execution starts at once."""
        recorder = RECORDER.replace("#!/bin/bash\n", f"#!/bin/bash\nCALLS={self.calls}\nFAILS='{fails}'\n")
        locks = {f"environments/{name}.lock.yaml": f"{name} as committed\n" for name in ("dev", "prod")}
        self.pipeline.repository.checkout.joinpath(".venv", "bin").mkdir(parents=True)
        program = self.pipeline.repository.checkout / ".venv" / "bin" / "slipway"
        program.write_text(recorder)
        program.chmod(0o755)
        self.pipeline.repository.push({"Makefile": MAKEFILE.format(test=test), ".gitignore": ".slipway\n", **locks})
        document = json.loads(synthesized().replace(PLACEHOLDER, self.pipeline.connection))
        for body in projects(document).values():
            if body["source"]["type"] == "CODEPIPELINE":
                given = project_input(body)
                changed = {key: given[key] for key in ("source", "artifacts", "environment")}
                builds.create(self.pipeline.codebuild, "", given["name"], **changed)
        declaration = pipeline_declaration(document)
        store = {"type": "S3", "location": "artifacts"}
        self.pipeline.api.create_pipeline(pipeline={**declaration, "name": NAME, "roleArn": ROLE, "artifactStore": store})

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines()

    def log(self) -> list[str]:
        self.pipeline.repository.git("fetch", "-q", "origin", "main")
        return self.pipeline.repository.git("log", "--format=%s", "FETCH_HEAD").splitlines()

    def statuses(self) -> dict[str, str]:
        return dict(self.pipeline.actions())


@pytest.fixture
def delivery(client: Callable[..., Any], url: str, tmp_path: Path) -> Delivery:
    return Delivery(client, url, tmp_path)


def test_a_commit_goes_the_whole_way(delivery: Delivery) -> None:
    delivery.create()
    delivery.pipeline.approval("deliver-prod", "approve-prod")
    before = delivery.called()
    assert before[-2].startswith("environment: plan prod --save review") and not [call for call in before if "deploy prod" in call]
    (waiting,) = [one for one in delivery.pipeline.stage("deliver-prod")["actionStates"] if one["actionName"] == "approve-prod"]
    assert waiting["entityUrl"] == "https://console/review"
    delivery.pipeline.decide("deliver-prod", "approve-prod", "Approved")
    assert delivery.pipeline.ended()["status"] == "Succeeded", delivery.pipeline.actions()
    order = [name for name, _ in delivery.pipeline.actions() if name not in ("source", "clone")]
    environment = ["plan", "apply", "smoke", "record"]
    assert order == ["test", "scan", "image", *(f"{step}-dev" for step in environment), "plan-prod", "approve-prod", *(f"{step}-prod" for step in environment[1:])]  # fmt: skip
    shown = [call.partition(" --approved ")[0] for call in delivery.called()]
    assert shown[shown.index("environment: promote dev prod --source-profile source") + 1] == "environment: deploy prod"
    assert delivery.log()[0].startswith("prod runs what"), "what runs is committed"


def test_nothing_follows_a_test_that_fails_twice(delivery: Delivery) -> None:
    delivery.create(test="false")
    assert delivery.pipeline.ended()["status"] == "Failed"
    found = [item for item in delivery.pipeline.actions() if item[0] not in ("source", "clone")]
    assert found == [("test", "Failed")] * 2 and delivery.called() == []


def test_nothing_follows_a_finding(delivery: Delivery) -> None:
    delivery.create(fails="scan prod *")
    assert delivery.pipeline.ended()["status"] == "Failed"
    assert not [call for call in delivery.called() if "plan" in call or "deploy" in call or "image" in call]


def test_production_gets_nothing_that_is_rejected(delivery: Delivery) -> None:
    delivery.create()
    delivery.pipeline.decide("deliver-prod", "approve-prod", "Rejected")
    assert delivery.pipeline.ended()["status"] == "Failed"
    assert delivery.statuses()["approve-prod"] == "Failed" and "apply-prod" not in delivery.statuses()
    assert not [call for call in delivery.called() if "deploy prod" in call or call.endswith("promote dev prod --source-profile source")]


def test_a_wrong_answer_in_dev_rolls_dev_back_and_ends_there(delivery: Delivery) -> None:
    delivery.create(fails="invoke dev *")
    assert delivery.pipeline.ended()["status"] == "Failed"
    assert delivery.called()[-1] == "environment: rollback dev --auto-approve"
    assert not [call for call in delivery.called() if "prod --" in call and "scan" not in call and "validate" not in call]
    assert delivery.log()[0] == "more", "what was rolled back is not committed"

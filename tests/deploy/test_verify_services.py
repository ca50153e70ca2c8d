"""After an apply, a service that its circuit breaker has rolled back is a failed deploy."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.deploy import verify_services as verify_services_module
from slipway.deploy.explain import ROLLED_BACK
from slipway.deploy.verify_services import verify_services
from slipway.errors import SlipwayError
from slipway.progress import Silent

FAMILY = "arn:aws:ecs:eu-west-1:111111111111:task-definition/slipway-dev-wine"


class Ecs:
    """Answers as ECS does for one service."""

    def __init__(self, runs: int, newest: int, rollout: str = "COMPLETED", *, under_way: int = 0) -> None:
        self.under_way = under_way
        event = {"message": "(service slipway-dev-wine) (deployment ecs-svc/1) deployment failed: tasks failed to start."}
        self._service = {
            "serviceName": "slipway-dev-wine",
            "taskDefinition": f"{FAMILY}:{runs}",
            "deployments": [{"rolloutState": rollout}],
            "events": [] if runs == newest and rollout == "COMPLETED" else [event],
        }
        self._newest = f"{FAMILY}:{newest}"

    def describe_services(self, cluster: str, services: list[str]) -> dict[str, Any]:
        assert cluster == "slipway-dev-wine" and services == [cluster]
        self.under_way -= 1
        return {"services": [self._service if self.under_way < 0 else {**self._service, "deployments": [{"rolloutState": "IN_PROGRESS"}]}]}

    def list_task_definitions(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"familyPrefix": "slipway-dev-wine", "status": "ACTIVE", "sort": "DESC", "maxResults": 1}
        return {"taskDefinitionArns": [self._newest]}


def target(folder: Path, ecs: Ecs, *services: str) -> Any:
    document = {"resource": {"aws_ecs_service": {name: {"name": name} for name in services}}}
    (folder / "cdk.tf.json").write_text(json.dumps(document))
    return SimpleNamespace(folder=lambda _: folder, client=lambda _: ecs, reporter=Silent())


def test_a_service_on_its_newest_revision_is_well(tmp_path: Path) -> None:
    verify_services(target(tmp_path, Ecs(4, 4), "slipway-dev-wine"), "dev-serving")


def test_a_deployment_that_is_watched_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_services_module, "POLL_SECONDS", 0.01)
    ecs = Ecs(4, 4, under_way=3)
    verify_services(target(tmp_path, ecs, "slipway-dev-wine"), "dev-serving")
    assert ecs.under_way == -1
    with pytest.raises(SlipwayError, match="its deployment is FAILED"):
        verify_services(target(tmp_path, Ecs(4, 4, "FAILED", under_way=2), "slipway-dev-wine"), "dev-serving")
    monkeypatch.setattr(verify_services_module, "LONGEST_SECONDS", 0.05)
    with pytest.raises(SlipwayError, match="its deployment is IN_PROGRESS"):
        verify_services(target(tmp_path, Ecs(4, 4, under_way=10**6), "slipway-dev-wine"), "dev-serving")


def test_a_stack_without_services_asks_nothing(tmp_path: Path) -> None:
    verify_services(target(tmp_path, Ecs(3, 4)), "dev-serving")


@pytest.mark.parametrize(
    ("ecs", "said"),
    [
        (Ecs(3, 4), f"runs slipway-dev-wine:3 instead of slipway-dev-wine:4. {ROLLED_BACK}: (service"),
        (Ecs(4, 4, "FAILED"), "its deployment is FAILED"),
    ],
)
def test_a_service_that_was_rolled_back_fails_the_deploy(tmp_path: Path, ecs: Ecs, said: str) -> None:
    with pytest.raises(SlipwayError) as failed:
        verify_services(target(tmp_path, ecs, "slipway-dev-wine"), "dev-serving")
    assert said in failed.value.message and "tasks failed to start" in failed.value.message

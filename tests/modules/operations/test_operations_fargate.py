"""Stopping and starting a model on Fargate: its count and the bounds of its scaling go to 0 and come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modules.operations.function import life
from modules.operations.function.clients import Clients
from modules.operations.function.settings import Hosted, Settings

NAME = "acme-dev-box"
SETTINGS = Settings("dev", "/acme/dev/operations/stopped", {"environment": "dev"}, (Hosted("box", NAME, "fargate"),))
NAMED = {"ServiceNamespace": "ecs", "ResourceId": f"service/{NAME}/{NAME}", "ScalableDimension": "ecs:service:DesiredCount"}


class Box:
    """The service, with a scaling of two to five tasks."""

    def __init__(self, client: Callable[..., Any]) -> None:
        self.clients = Clients(client)
        self.ecs, self.scaling, self.ssm = client("ecs"), client("application-autoscaling"), client("ssm")
        self.ecs.create_cluster(clusterName=NAME)
        definition = self.ecs.register_task_definition(
            family=NAME, containerDefinitions=[{"name": "model", "image": "nowhere/model:1", "memory": 512}]
        )
        arn = definition["taskDefinition"]["taskDefinitionArn"]
        self.ecs.create_service(cluster=NAME, serviceName=NAME, taskDefinition=arn, desiredCount=3)
        self.scaling.register_scalable_target(**NAMED, MinCapacity=2, MaxCapacity=5)

    def seen(self) -> tuple[int, list[tuple[int, int]]]:
        """Desired tasks, and the bounds."""
        (service,) = self.ecs.describe_services(cluster=NAME, services=[NAME])["services"]
        targets = self.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
        return service["desiredCount"], [(one["MinCapacity"], one["MaxCapacity"]) for one in targets]


@pytest.fixture
def box(client: Callable[..., Any]) -> Box:
    return Box(client)


def test_no_task_runs_until_it_is_started(box: Box) -> None:
    assert life.stop(SETTINGS, box.clients, None, "night") == {"box": "stopped"}
    assert box.seen() == (0, [(0, 0)])
    assert life.stop(SETTINGS, box.clients, None, "night") == {"box": "stopped already"}
    assert life.start(SETTINGS, box.clients, None) == {"box": "started"}
    assert box.seen() == (3, [(2, 5)])
    assert life.start(SETTINGS, box.clients, None) == {"box": "running already"}
    assert box.ssm.describe_parameters()["Parameters"] == []


def test_a_count_that_a_deploy_has_set_stays(box: Box) -> None:
    life.stop(SETTINGS, box.clients, None, "night")
    box.ecs.update_service(cluster=NAME, service=NAME, desiredCount=1)
    life.start(SETTINGS, box.clients, None)
    assert box.seen() == (1, [(2, 5)])


def test_a_stop_that_was_cut_short_keeps_the_first_count(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(**_: Any) -> None:
        raise RuntimeError("no network")

    with monkeypatch.context() as patch:
        patch.setattr(box.clients.ecs, "update_service", crash)
        with pytest.raises(life.Failed, match="no network"):
            life.stop(SETTINGS, box.clients, None, "night")
    life.stop(SETTINGS, box.clients, None, "night")
    life.start(SETTINGS, box.clients, None)
    assert box.seen() == (3, [(2, 5)])


def test_a_service_that_is_not_there_is_missing(client: Callable[..., Any]) -> None:
    clients = Clients(client)
    assert life.stop(SETTINGS, clients, None, "night") == {"box": "missing"}
    assert life.start(SETTINGS, clients, None) == {"box": "missing"}

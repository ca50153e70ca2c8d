"""How long a deploy holds the environment is published, whoever holds it; and nobody publishes where no alarm looks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from modules._shared.published_metrics import LOCK_NAMESPACE, unpublished
from slipway.config.observability import ObservabilitySpec
from slipway.deploy import lock_metric
from slipway.deploy.holder import Holder
from slipway.deploy.locks import ENVIRONMENT_LOCK, LockedError, environment_lock
from slipway.deploy.target import Target
from tests.deploy.support import Config, boto, store

DIMENSIONS = [{"Name": "Environment", "Value": "dev"}, {"Name": "Project", "Value": "demo"}]


@dataclass(frozen=True)
class Watched(Config):
    project: str = "demo"
    observability: ObservabilitySpec | None = ObservabilitySpec()


@pytest.fixture
def target(make_target: Callable[..., Target]) -> Target:
    made = make_target({"shared": {}})
    made.config = Watched()
    return made


def published(aws: str) -> list[float]:
    now = datetime.now(timezone.utc)
    answer = boto(aws, "cloudwatch").get_metric_statistics(
        Namespace="Slipway/State",
        MetricName="LockHeldSeconds",
        Dimensions=DIMENSIONS,
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        Period=86_400,
        Statistics=["Maximum", "SampleCount"],
    )
    return [value for point in answer["Datapoints"] for value in (point["Maximum"], point["SampleCount"])]


def test_the_name_is_in_the_table() -> None:
    assert unpublished(LOCK_NAMESPACE, lock_metric.METRIC, ["Project", "Environment"]) is None


def test_a_deploy_publishes_while_it_holds_and_at_its_end(aws: str, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_metric, "EVERY_SECONDS", 0.2)
    with environment_lock(store(target), "deploy"):
        time.sleep(0.5)
        assert published(aws)[1] >= 1
    maximum, count = published(aws)
    assert 0.5 <= maximum < 60 and count >= 2


def test_who_finds_a_lock_says_how_old_it_is(aws: str, target: Target) -> None:
    """The holder died hours ago and says nothing any more: the next run does."""
    created = (datetime.now(timezone.utc) - timedelta(hours=2)).isoformat()
    holder = Holder("1", "somebody@elsewhere", "deploy", created)
    store(target).write(ENVIRONMENT_LOCK, json.dumps(asdict(holder)).encode())
    with pytest.raises(LockedError), environment_lock(store(target), "deploy"):
        pass
    assert 7100 < published(aws)[0] < 7300


@pytest.mark.parametrize("alarms", [None, {"state_lock": {"held": None}}])
def test_nothing_is_published_without_the_alarm(aws: str, target: Target, alarms: Any) -> None:
    observability = ObservabilitySpec.model_validate({"alarms": alarms})
    for config in (Config(), Watched(), replace(Watched(), observability=observability)):
        assert (lock_metric.lock_metric(replace(target, config=config)) is None) == (config != Watched())
    target.config = replace(Watched(), observability=observability)
    with environment_lock(store(target), "deploy"):
        pass
    assert not published(aws)


def test_a_metric_never_stops_a_deploy(target: Target) -> None:
    metric = lock_metric.LockMetric(lambda: replace(target, url="http://127.0.0.1:9").client("cloudwatch"), "demo", "dev")
    client = metric._client()
    client.meta.config.retries = {"total_max_attempts": 1}
    metric.publish(1.0)

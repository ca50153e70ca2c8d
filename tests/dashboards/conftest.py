"""A local AWS with a dashboard, an alarm and an hour's metrics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from slipway.artifacts.account import Account
from slipway.config.load import load_environment
from slipway.localaws.control import reset
from slipway.localaws.server import LocalAws, start
from tests.dashboards.bodies import body

SENT = {"main": 300, "canary": 60}
"""Invocations of each variant in the last hour."""


@pytest.fixture(scope="module")
def server() -> Iterator[LocalAws]:
    with start() as running:
        reset()
        yield running


@pytest.fixture(scope="module")
def account(server: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Account:
    folder = tmp_path_factory.mktemp("project") / "environments"
    folder.mkdir()
    (folder / "dev.yaml").write_text("project: shop\naccount_id: '111111111111'\nregion: eu-west-1\n")
    return Account(load_environment("dev", folder.parent), local_url=server.url)


@pytest.fixture(scope="module")
def filled(account: Account) -> Account:
    """The account with the dashboard, the alarm and metrics."""
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_dashboard(DashboardName="shop-dev", DashboardBody=body())
    cloudwatch.put_metric_alarm(
        AlarmName="shop-dev-wine-errors",
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=dimensions("main"),
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    for variant, count in SENT.items():
        put(cloudwatch, "AWS/SageMaker", "Invocations", variant, [1.0] * count)
        put(cloudwatch, "AWS/SageMaker", "ModelLatency", variant, [1000.0 * (1 + i % 10) for i in range(count)])
        put(cloudwatch, "AWS/SageMaker", "Invocation5XXErrors", variant, [float(i % 50 == 0) for i in range(count)])
    put(cloudwatch, "/aws/sagemaker/Endpoints", "CPUUtilization", "main", [120.0, 140.0])
    return account


def dimensions(variant: str) -> list[dict[str, str]]:
    return [{"Name": "EndpointName", "Value": "shop-dev-wine"}, {"Name": "VariantName", "Value": variant}]


def put(cloudwatch: Any, namespace: str, name: str, variant: str, values: list[float]) -> None:
    """The values spread over the last 50 minutes, a gap of some minutes in between."""
    now = datetime.now(timezone.utc).replace(second=0, microsecond=0)
    minutes = [minute for minute in range(1, 51) if not 20 < minute < 25]
    for at, minute in enumerate(minutes):
        part = values[at :: len(minutes)]
        if part:
            datum = {"MetricName": name, "Dimensions": dimensions(variant), "Timestamp": now - timedelta(minutes=minute), "Values": part}
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "dashboard.html"

"""A lab with a container that tells what it was asked; time runs 60 times as fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from slipway.artifacts.sample_image import build_image_archive
from slipway.localaws.control import reset
from tests.localaws.hosting.lab import Lab

BUCKET = "out"


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("image") / "telling.tar"
    build_image_archive(Path(__file__).parent / "container", path)
    return path


@pytest.fixture
def lab(client: Any, image: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "60")
    made = Lab(client, image)
    client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield made
    reset()


def until(condition: Callable[[], Any], seconds: float = 15.0) -> Any:
    """Wait until the condition gives something, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing within {seconds} s")


def total(client: Any, metric: str, variant: str | None = "main", statistic: str = "Sum", namespace: str = "AWS/SageMaker") -> Any:
    """A statistic over all datapoints of one metric of endpoint `e`, as a client reads it; None without datapoints."""
    now = datetime.now(timezone.utc)
    dimensions = [{"Name": "EndpointName", "Value": "e"}] + ([{"Name": "VariantName", "Value": variant}] if variant else [])
    kind = "Statistics" if statistic in ("Sum", "Average", "Minimum", "Maximum", "SampleCount") else "ExtendedStatistics"
    answer = client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=dimensions,
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=86_400,
        **{kind: [statistic]},
    )
    for point in answer["Datapoints"]:
        return point[statistic] if kind == "Statistics" else point["ExtendedStatistics"][statistic]
    return None

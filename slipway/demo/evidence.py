"""What AWS says of the demo's requests: the split in the metrics, and the captured data."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from slipway.artifacts.account import Account
from slipway.errors import SlipwayError

_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.5


def invocations(cloudwatch: Any, endpoint: str, variants: list[str], since: datetime) -> dict[str, int]:
    """Sum of the metric `Invocations` of each variant since then."""
    return {variant: _invocations(cloudwatch, endpoint, variant, since) for variant in variants}


def _invocations(cloudwatch: Any, endpoint: str, variant: str, since: datetime) -> int:
    answer = cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}],
        StartTime=since,
        EndTime=datetime.now(timezone.utc) + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return sum(round(point["Sum"]) for point in answer["Datapoints"])


def require_split(counted: Mapping[str, int], weights: Mapping[str, float]) -> str:
    """The split in words. SlipwayError when it is off the weights by more than five standard deviations."""
    total, whole = sum(counted.values()), sum(weights.values())
    words = []
    for variant, weight in weights.items():
        share, want = counted.get(variant, 0) / max(total, 1), weight / whole
        if not total or abs(share - want) > 5 * (want * (1 - want) / total) ** 0.5:
            raise SlipwayError(f"variant {variant} has {share:.1%} of {total} invocations instead of about {want:.0%}")
        words.append(f"{variant} {counted[variant]} ({share:.1%}, weight {weight:g})")
    return ", ".join(words)


def captured(s3: Any, destination: str) -> Iterator[dict[str, Any]]:
    """Every record below an endpoint's capture destination, in the format of SageMaker's data capture."""
    parts = urlsplit(destination)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=parts.netloc, Prefix=parts.path.strip("/"))
    for item in (item for page in pages for item in page.get("Contents", [])):
        if item["Key"].endswith(".jsonl"):
            for line in s3.get_object(Bucket=parts.netloc, Key=item["Key"])["Body"].read().splitlines():
                yield json.loads(line)


def require_captured(s3: Any, destination: str, rows: list[list[float]], wanted: int) -> str:
    """Waits for `wanted` captured records and holds each input against the wine its inference id names; the count in words."""
    records: list[dict[str, Any]] = []

    def enough() -> bool:
        records[:] = list(captured(s3, destination))
        return len(records) >= wanted

    until(enough, lambda: f"{len(records)} of {wanted} requests were captured below {destination}")
    ids: Counter[str] = Counter()
    for record in records:
        name, data = record["eventMetadata"]["inferenceId"], record["captureData"]
        row = int(name.rsplit("-", 1)[1])
        if json.loads(data["endpointInput"]["data"])["instances"] != [rows[row]] or not data["endpointOutput"]["data"]:
            raise SlipwayError(f"the capture of {name} is not what was sent: {data['endpointInput']['data'][:80]}")
        ids[name] += 1
    if len(ids) != wanted:
        raise SlipwayError(f"{len(ids)} different requests were captured instead of {wanted}")
    return f"{len(records)} requests and answers read back from S3, each as it was sent"


def checksum(account: Account, bucket: str, key: str) -> str:
    """SHA-256 of an object's bytes."""
    return hashlib.sha256(account.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()).hexdigest()


def until(done: Callable[[], bool], problem: Callable[[], str], *, seconds: float = _PATIENCE_SECONDS) -> None:
    """Waits until `done`; SlipwayError with `problem()` after `seconds`."""
    ends = time.monotonic() + seconds
    while not done():
        if time.monotonic() >= ends:
            raise SlipwayError(problem())
        time.sleep(_PAUSE_SECONDS)

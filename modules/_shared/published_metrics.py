"""Which CloudWatch metrics exist: AWS's published ones and Slipway's own, from `published_metrics.json`. Pure.

CloudWatch accepts an alarm or a widget on any name. One that nobody publishes shows an empty graph, or never goes off, so every
name that is used is looked up here: by the alarms when they are built, by policy CKV_SLIPWAY_61 in every environment, and by a
test against what the local AWS emits.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

INVOCATION, INSTANCE = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
"""SageMaker's namespaces: of requests, and of the machines behind them."""
LOCK_NAMESPACE = "Slipway/State"
"""Where a deploy publishes how long it has held the environment's lock: AWS has no metric of an item's age."""
_TABLE = Path(__file__).with_name("published_metrics.json")


@dataclass(frozen=True)
class PublishedMetric:
    """One metric. `hosting`: kinds of SageMaker endpoint that have it; empty for other services. `unit` is CloudWatch's word."""

    namespace: str
    name: str
    unit: str
    dimensions: frozenset[frozenset[str]]
    hosting: frozenset[str]
    document: str


@functools.lru_cache(maxsize=1)
def published() -> Mapping[str, Mapping[str, PublishedMetric]]:
    """Every metric by namespace and name."""
    table = json.loads(_TABLE.read_text(encoding="utf-8"))
    found: dict[str, dict[str, PublishedMetric]] = {}
    for namespace, groups in table.items():
        for group in groups:
            dimensions = frozenset(frozenset(names) for names in group["dimensions"])
            for name, unit in group["metrics"].items():
                metric = PublishedMetric(namespace, name, unit, dimensions, frozenset(group.get("hosting", ())), group["document"])
                found.setdefault(namespace, {})[name] = metric
    return found


def unpublished(namespace: str, name: str, dimensions: Iterable[str], hosting: str = "") -> str | None:
    """What is wrong with a metric's name, or None when somebody publishes it.

    `dimensions` are names; all of a published set are needed, because CloudWatch adds nothing up over dimensions. With `hosting`
    (instances | serverless | asynchronous) the metric must also exist for that kind of endpoint.
    """
    metrics = published().get(namespace)
    if metrics is None:
        return f"nobody publishes into the namespace {namespace}"
    metric = metrics.get(name)
    if metric is None:
        return f"{namespace} has no metric {name}"
    given = frozenset(dimensions)
    if given not in metric.dimensions:
        choices = " or ".join("+".join(sorted(names)) or "none" for names in sorted(metric.dimensions, key=sorted))
        return f"{namespace} {name} has the dimensions {choices}, not {'+'.join(sorted(given)) or 'none'}"
    if hosting and metric.hosting and hosting not in metric.hosting:
        return f"{namespace} {name} is not published for {hosting} endpoints"
    return None

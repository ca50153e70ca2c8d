"""The CloudWatch metrics that resources name: alarms, dashboards with metric math and SEARCH, scaling policies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modules._shared.published_metrics import unpublished
from policies.estate import Estate, Resource, blocks

_SEARCH = re.compile(r"SEARCH\(\s*'((?:[^'\\]|\\.)*)'|SEARCH\(\s*\"((?:[^\"\\]|\\.)*)\"")
_SCHEMA = re.compile(r"^\s*\{([^}]*)\}")
_NAMES = re.compile(r"MetricName\s*=\s*(\([^)]*\)|\"[^\"]*\"|[A-Za-z0-9_./-]+)")


@dataclass(frozen=True)
class Used:
    """One metric as it is named somewhere. `dimensions` are names."""

    where: str
    namespace: str
    metric: str
    dimensions: frozenset[str]

    @property
    def problem(self) -> str | None:
        """Why nobody publishes it, or None."""
        found = unpublished(self.namespace, self.metric, self.dimensions)
        return f"{self.where}: {found}" if found else None


class UnreadableMetrics(Exception):
    """A dashboard body, or an expression in it, that is only known to Terraform or is not what CloudWatch reads."""


def used(resource: Resource, estate: Estate) -> list[Used]:
    """Every metric that the resource names. Raises `UnreadableMetrics`."""
    if resource.type == "aws_cloudwatch_dashboard":
        return list(_dashboard(estate.text(resource.get("dashboard_body"), resource.document)))
    if resource.type == "aws_cloudwatch_metric_alarm":
        return list(_alarm(resource))
    return list(_scaling(resource))


def _of(where: str, body: Mapping[str, Any]) -> Used:
    dimensions = body.get("dimensions") or {}
    names = dimensions if isinstance(dimensions, Mapping) else [item["name"] for item in dimensions]
    return Used(where, str(body.get("namespace")), str(body.get("metric_name")), frozenset(names))


def _alarm(alarm: Resource) -> Iterator[Used]:
    if alarm.get("metric_name") is not None:
        yield _of("alarm", alarm.body)
    for query in alarm.blocks("metric_query"):
        for metric in blocks(query, "metric"):
            yield _of(f"query {query.get('id')}", metric)


def _scaling(policy: Resource) -> Iterator[Used]:
    for tracking in policy.blocks("target_tracking_scaling_policy_configuration"):
        for metric in blocks(tracking, "customized_metric_specification"):
            if metric.get("metric_name") is not None:
                yield _of("customized metric", metric)


def _dashboard(text: str) -> Iterator[Used]:
    try:
        widgets = json.loads(text)["widgets"]
    except (ValueError, KeyError, TypeError):
        raise UnreadableMetrics("dashboard_body is not a dashboard's JSON") from None
    for number, widget in enumerate(widgets):
        properties = widget.get("properties", {})
        where = f"widget {properties.get('title', number)!r}"
        before: list[Any] = []
        for row in properties.get("metrics", ()):
            before = _unfolded(row, before)
            yield from _row(where, before)


def _unfolded(row: list[Any], before: list[Any]) -> list[Any]:
    """`.` repeats the part above it, `...` all parts before the last ones."""
    options, parts = [item for item in row if isinstance(item, Mapping)], [item for item in row if not isinstance(item, Mapping)]
    above = [item for item in before if not isinstance(item, Mapping)]
    if parts[:1] == ["..."]:
        parts = above[: len(above) - len(parts) + 1] + parts[1:]
    return [above[at] if part == "." and at < len(above) else part for at, part in enumerate(parts)] + options


def _row(where: str, row: list[Any]) -> Iterator[Used]:
    parts = [item for item in row if not isinstance(item, Mapping)]
    if len(parts) >= 2:
        yield Used(where, str(parts[0]), str(parts[1]), frozenset(map(str, parts[2::2])))
    for options in row:
        if isinstance(options, Mapping) and "expression" in options:
            yield from searched(where, str(options["expression"]))


def searched(where: str, expression: str) -> Iterator[Used]:
    """The metrics that the SEARCH calls of an expression look for. Raises `UnreadableMetrics` for a search over everything."""
    for match in _SEARCH.finditer(expression):
        query = (match.group(1) or match.group(2)).replace("\\", "")
        schema, names = _SCHEMA.match(query), _NAMES.findall(query)
        if schema is None or not names:
            raise UnreadableMetrics(f"{where}: SEARCH without {{namespace,dimensions}} and MetricName finds whatever there is")
        namespace, *dimensions = [part.strip().strip('"') for part in schema.group(1).split(",")]
        for name in (item for text in names for item in re.findall(r"[A-Za-z0-9_./-]+", text) if item != "OR"):
            yield Used(where, namespace, name, frozenset(dimensions))

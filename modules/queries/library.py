"""The saved queries, as plain data. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modules._shared.deployed import Deployed, DeployedApi
from modules.queries.spec import QueriesSpec

MAX_GROUPS = 50
"""Log groups that one query can read (Logs Insights)."""


@dataclass(frozen=True)
class Query:
    """One saved query. `id` is its construct id, `name` ends its name in the console's tree of folders."""

    id: str
    name: str
    log_groups: tuple[str, ...]
    text: str


def all_queries(deployed: Deployed, spec: QueriesSpec) -> list[Query]:
    """The queries that fit what is deployed, then the custom ones."""
    found = [query for endpoint in deployed.endpoints for query in _endpoint(endpoint.key, endpoint.log_group)]
    if deployed.api is not None:
        found += _api(deployed.api, spec)
    custom = (Query(f"custom_{name}", name, item.log_groups, item.query) for name, item in sorted(spec.custom.items()))
    return [*found, *custom]


def _lines(*parts: str) -> str:
    return "\n| ".join(parts)


def _endpoint(key: str, group: str) -> Iterator[Query]:
    errors = _lines("fields @timestamp, @logStream, @message", "filter @message like /(?i)(error|exception|traceback|critical)/")
    yield Query(f"{key}_errors", f"endpoints/{key}/errors", (group,), _lines(errors, "sort @timestamp desc", "limit 200"))
    per_variant = "parse @logStream '*/*' as variant, instance"
    by_instance = _lines(errors, per_variant, "stats count(*) as errors by variant, instance", "sort errors desc")
    yield Query(f"{key}_errors_by_instance", f"endpoints/{key}/errors by instance", (group,), by_instance)
    starts = _lines(
        "fields @timestamp, @logStream", "stats min(@timestamp) as began, max(@timestamp) as ended by @logStream", "sort began desc"
    )
    yield Query(f"{key}_instances", f"endpoints/{key}/instances and when they ran", (group,), starts)


def _api(api: DeployedApi, spec: QueriesSpec) -> Iterator[Query]:
    access, function = (api.access_log_group,), (api.function_log_group,)
    statuses = _lines("stats count(*) as requests by status, resource", "sort requests desc")
    yield Query("api_statuses", "api/statuses by path", access, _lines("fields @timestamp", statuses))
    failed = _lines("fields @timestamp, request_id, status, method, resource, latency", "filter status >= 400")
    yield Query("api_failures", "api/requests that failed", access, _lines(failed, "sort @timestamp desc", "limit 200"))
    slow = _lines("fields @timestamp, request_id, status, resource, latency", f"filter latency >= {spec.slow_milliseconds}")
    yield Query("api_slow", "api/slow requests", access, _lines(slow, "sort latency desc", "limit 200"))
    errors = _lines("fields @timestamp, @requestId, @message", "filter @message like /(?i)(error|exception|traceback|task timed out)/")
    yield Query("function_errors", "function/errors", function, _lines(errors, "sort @timestamp desc", "limit 200"))
    report = _lines(
        'filter @type = "REPORT"',
        "stats count(*) as invocations, pct(@duration, 99) as p99, max(@maxMemoryUsed / 1048576) as memory_mib,"
        " count(@initDuration) as cold_starts by bin(5m)",
    )
    yield Query("function_report", "function/duration, memory and cold starts", function, report)

"""CloudWatch on top of moto: our own metrics, composite alarms, alarm history."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core import responses as moto_responses
from moto.core.responses import ActionResult, EmptyResult

from slipway.localaws.cloudwatch import metric_data, metrics
from slipway.localaws.cloudwatch.expressions import MathError
from slipway.localaws.cloudwatch.labels import lines
from slipway.localaws.cloudwatch.metrics import Name, Point
from slipway.localaws.cloudwatch.statistics import PLAIN, by_period, is_statistic, statistic
from slipway.localaws.patches import adds, wraps

JSON = "application/x-amz-json"
MOST_QUERIES, MOST_DATAPOINTS = 500, 100_800
"""Of one GetMetricData (API: GetMetricData)."""
_MOTO_NAMESPACES = ("AWS/S3",)
"""Counted by moto itself from its buckets."""


@wraps(moto_responses, "determine_request_protocol", "newer SDKs and the AWS CLI speak JSON; the pinned botocore knows Query only")
def determine_request_protocol(original: Any, service_model: Any, content_type: str | None = None) -> str:
    """The protocol that a request came in, and that its answer has."""
    if service_model.service_name == "cloudwatch" and (content_type or "").startswith(JSON):
        return "json"
    return str(original(service_model, content_type))


@adds(CloudWatchResponse, "moto keeps and describes composite alarms, but has no PutCompositeAlarm")
def put_composite_alarm(self: Any) -> Any:
    """The same as a metric alarm for moto, which tells the two apart by AlarmRule."""
    from slipway.localaws.cloudwatch.alarm_rule import RuleError, parse

    try:
        parse(self._get_param("AlarmRule"))
    except RuleError as reason:
        raise ValidationError(f"Error in AlarmRule: {reason}") from None
    return self.put_metric_alarm()


@adds(CloudWatchResponse, "moto has no DescribeAlarmHistory")
def describe_alarm_history(self: Any) -> ActionResult:
    """State changes of one alarm or of all, newest first unless ScanBy says otherwise."""
    wanted, kind = self._get_param("AlarmName"), self._get_param("HistoryItemType")
    items = [
        item
        for alarm in self.cloudwatch_backend.alarms.values()
        if wanted in (None, alarm.name)
        for item in alarm.__dict__.get("slipway_history", [])
        if kind in (None, item["HistoryItemType"])
    ]
    items.sort(key=lambda item: item["Timestamp"], reverse=self._get_param("ScanBy") != "TimestampAscending")
    return ActionResult({"AlarmHistoryItems": items[: self._get_param("MaxRecords") or 100]})


@wraps(CloudWatchBackend, "put_metric_data", "moto keeps every datum for ever, in one list")
def put_metric_data(_original: Any, self: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
    """Check with moto's rules, keep in our own store."""
    for number, datum in enumerate(metric_data, 1):
        self._validate_parameters_put_metric_data(datum, number)
    target = metrics.store(self.account_id, self.region_name)
    for datum in metric_data:
        dimensions = {item["Name"]: item["Value"] for item in datum.get("Dimensions") or []}
        name = Name.of(namespace, datum["MetricName"], dimensions)
        for point in _points(datum):
            target.add(name, point, datum.get("Unit") or "None")


@wraps(CloudWatchResponse, "get_metric_statistics", "moto has no percentiles, and takes metrics with more dimensions for the same")
def get_metric_statistics(original: Any, self: Any) -> ActionResult:
    """Plain and extended statistics by period; the dimensions must be the very same."""
    if self._get_param("Namespace") in _MOTO_NAMESPACES:
        answer: ActionResult = original(self)
        return answer
    plain, extended = self._get_param("Statistics", []), self._get_param("ExtendedStatistics", [])
    if not plain and not extended:
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    for name in (*plain, *extended):
        if not is_statistic(name):
            raise InvalidParameterValue(f"The value {name} for parameter ExtendedStatistics.member.1 is not supported.")
    metric = Name.of(
        self._get_param("Namespace"),
        self._get_param("MetricName"),
        {item["Name"]: item["Value"] for item in self._get_param("Dimensions", [])},
    )
    period, (start, end) = int(self._get_param("Period")), _range(self._get_param("StartTime"), self._get_param("EndTime"))
    start -= start % period
    target = metrics.store(self.current_account, self.region)
    found = by_period(target.between(metric, start, end), start, period)
    unit = target.unit(metric)
    if self._get_param("Unit") not in (None, unit):
        found = {}
    points = [_datapoint(start + number * period, of, plain, extended, unit) for number, of in sorted(found.items())]
    return ActionResult({"Label": metric.metric, "Datapoints": points})


@wraps(CloudWatchResponse, "get_metric_data", "moto has no percentiles, and for metric math only the bare id of another query")
def get_metric_data(_original: Any, self: Any) -> ActionResult:
    """Each query's values by period, newest first unless ScanBy says otherwise, MaxDatapoints at a time."""
    params = self._get_params()
    requests = params.get("MetricDataQueries") or []
    if len(requests) > MOST_QUERIES:
        raise ValidationError(f"The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}.")
    for number, request in enumerate(requests, 1):
        if "MetricStat" not in request and "Expression" not in request:
            raise ValidationError(f"The parameter MetricDataQueries.member.{number}.MetricStat is required.\n")
    start, end = _range(params["StartTime"], params["EndTime"])
    try:
        queries = [metric_data.of_request(request) for request in requests]
        start -= start % min(60.0, metric_data.shortest_period(queries))
        found = metric_data.answers(metrics.store(self.current_account, self.region), queries, start, end)
    except MathError as reason:
        raise ValidationError(str(reason)) from None
    newest_first = params.get("ScanBy") != "TimestampAscending"
    shown = [
        (query.id, label, sorted(series.items(), reverse=newest_first))
        for query in queries
        if query.returned
        for label, series in lines(query, found[query.id], self.current_account, self.region)
    ]
    size, skipped = int(params.get("MaxDatapoints") or MOST_DATAPOINTS), int(params.get("NextToken") or 0)
    results, following = _page(shown, skipped, size)
    return ActionResult({"MetricDataResults": results} | ({"NextToken": str(following)} if following else {}))


def _page(shown: list[tuple[str, str, list[tuple[float, float]]]], skipped: int, size: int) -> tuple[list[dict[str, Any]], int]:
    """The results that hold the datapoints from `skipped` on, `size` of them, and where the next page begins; 0 after the last."""
    results, position = [], 0
    for key, label, points in shown:
        first, last = max(0, skipped - position), min(len(points), skipped + size - position)
        position += len(points)
        if (first >= last and points) or (not points and skipped):
            continue
        results.append(
            {
                "Id": key,
                "Label": label,
                "Timestamps": [_moment(start) for start, _ in points[first:last]],
                "Values": [value for _, value in points[first:last]],
                "StatusCode": "Complete" if last == len(points) else "PartialData",
            }
        )
    return results, skipped + size if position > skipped + size else 0


@wraps(CloudWatchBackend, "get_all_metrics", "the metrics are in our own store; moto lists from here")
def get_all_metrics(original: Any, self: Any) -> list[Any]:
    """One datum for each metric, so that ListMetrics finds it."""
    listed = list(original(self))
    for name in metrics.store(self.account_id, self.region_name).names():
        dimensions = [{"Name": key, "Value": value} for key, value in name.dimensions]
        listed.append(MetricDatumBase(name.namespace, name.metric, dimensions, None))
    return listed


@wraps(CloudWatchResponse, "delete_alarms", "moto leaves the tags of a deleted alarm")
def delete_alarms(original: Any, self: Any) -> EmptyResult:
    """Forget the tags with the alarm."""
    for name in self._get_param("AlarmNames", []):
        if alarm := self.cloudwatch_backend.alarms.get(name):
            self.cloudwatch_backend.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
    result: EmptyResult = original(self)
    return result


def _points(datum: dict[str, Any]) -> list[Point]:
    moment = datum.get("Timestamp")
    time = _seconds(moment) if moment else datetime.now(timezone.utc).timestamp()
    if sums := datum.get("StatisticValues"):
        return [Point(time, float(sums["SampleCount"]), float(sums["Sum"]), float(sums["Minimum"]), float(sums["Maximum"]))]
    if numbers := datum.get("Values"):
        counts = datum.get("Counts") or [1] * len(numbers)
        pairs = [(float(number), float(count)) for number, count in zip(numbers, counts, strict=True)]
        return [Point(time, count, number * count, number, number) for number, count in pairs if count > 0]
    value = float(datum.get("Value") or 0)
    return [Point(time, 1, value, value, value)]


def _datapoint(start: float, points: list[Point], plain: list[str], extended: list[str], unit: str) -> dict[str, Any]:
    found: dict[str, Any] = {"Timestamp": _moment(start), "Unit": unit}
    found |= {name: statistic(name, points) for name in plain if name in PLAIN}
    percentiles = {name: value for name in extended if (value := statistic(name, points)) is not None}
    return found | ({"ExtendedStatistics": percentiles} if percentiles else {})


def _range(start: datetime, end: datetime) -> tuple[float, float]:
    first, last = _seconds(start), _seconds(end)
    if first >= last:
        raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
    return float(math.floor(first)), last


def _seconds(moment: Any) -> float:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    if isinstance(moment, (int, float)):
        return float(moment)
    return float((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp())


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)

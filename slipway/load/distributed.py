"""Load tests by the testers that run in Lambda: start a run, follow its metrics, add up what the testers report."""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from modules.load_test.function.message import LEAD_SECONDS, LEAD_SECONDS_PER_CLIENT, Start
from modules.load_test.metrics import COUNTS, NAMESPACE, STATUS_ERROR, STATUS_SUCCESS, TEST_FAIL, Tally, dimensions
from modules.load_test.spec import LoadTestSpec, log_group, topic_name
from slipway.errors import InputError, SlipwayError

if TYPE_CHECKING:
    from slipway.artifacts.account import Account
    from slipway.progress import Reporter

GRACE_SECONDS = 60.0
"""After the testers' own time-out, for logs and metrics to arrive."""
_POLL_SECONDS = 2.0
_SHARES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "max": 1.0}


@dataclass(frozen=True)
class Run:
    """One run under way. `published`: when its message was, in seconds since 1970."""

    id: str
    target: str
    clients: int
    interval_in_seconds: float
    duration_in_seconds: float
    published: float

    @property
    def start_at(self) -> float:
        """About when the first request is due."""
        return self.published + LEAD_SECONDS + LEAD_SECONDS_PER_CLIENT * self.clients

    @property
    def planned(self) -> int:
        """Requests of all clients together."""
        start = Start(self.id, self.start_at, self.clients, self.interval_in_seconds, self.duration_in_seconds)
        return sum(map(start.planned, range(self.clients)))


@dataclass
class Report:
    """What became of a run. `testers`: each tester's own summary, by its number. `metrics`: the sums that CloudWatch has.

    `begun`: when the first request was due by the testers' own clock, in seconds since 1970; None until they have told.
    """

    run: Run
    begun: float | None = None
    testers: dict[int, dict[str, Any]] = field(default_factory=dict)
    metrics: dict[str, int] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether every tester has reported."""
        return len(self.testers) == self.run.clients

    @property
    def together(self) -> Tally:
        """All requests of the testers that have reported."""
        total = Tally()
        for tester in self.testers.values():
            times = {float(value): count for value, count in tester["times"].items()}
            counts = tester["cases"].values()
            total.times.update(times)
            total.requests += sum(case["requests"] for case in counts)
            total.status_success += sum(case["StatusSuccess"] for case in counts)
            total.test_success += sum(case["TestSuccess"] for case in counts)
        return total

    @property
    def cases(self) -> dict[str, dict[str, int]]:
        """Counts of each case."""
        found: dict[str, dict[str, int]] = {}
        for tester in self.testers.values():
            for name, counts in tester["cases"].items():
                sums = found.setdefault(name, dict.fromkeys(("requests", *COUNTS), 0))
                for key, count in counts.items():
                    sums[key] += count
        return dict(sorted(found.items()))

    def as_dict(self) -> dict[str, Any]:
        """For `--json`. Latencies in milliseconds."""
        total = self.together
        return {
            "run": self.run.id,
            "target": self.run.target,
            "clients": self.run.clients,
            "testers_finished": len(self.testers),
            "planned": self.run.planned,
            "requests": total.requests,
            "partial": not self.finished or any(tester["partial"] for tester in self.testers.values()),
            **total.counts(),
            "latency_ms": {name: total.percentile(share) for name, share in _SHARES.items()},
            "cases": self.cases,
            "metrics": self.metrics,
        }


def start(account: Account, *, clients: int | None = None, interval: float | None = None, duration: float | None = None) -> Run:
    """Publish the start message. What is left out, and the most that may be asked for, stands in the environment's `load_test`.

    InputError for a run that the environment does not allow, SlipwayError when the testers are not deployed.
    """
    from botocore.exceptions import ClientError

    spec = account.config.load_test
    if spec is None:
        raise InputError(
            f"{account.config.name} has no `load_test`", fix="add it to the environment file and deploy, or leave out --distributed"
        )
    asked = {"clients": clients, "interval_in_seconds": interval, "duration_in_seconds": duration}
    chosen = {key: value for key, value in asked.items() if value is not None}
    _refuse(spec, chosen)
    run = str(uuid.uuid4())
    topic = account.naming.arn("sns", topic_name(account.naming))
    published = time.time()
    try:
        account.client("sns").publish(TopicArn=topic, Message=json.dumps({"run": run, **chosen}))
    except ClientError as error:
        if error.response["Error"].get("Code") in ("NotFound", "NotFoundException"):
            raise SlipwayError(
                f"there is no topic {topic}", fix=f"deploy the testers first: slipway deploy {account.config.name}"
            ) from None
        raise SlipwayError(f"cannot start the testers: {error}", fix="use a role that may publish to the topic") from None
    options: dict[str, Any] = {key: chosen.get(key, getattr(spec, key)) for key in asked}
    return Run(run, spec.target.label, published=published, **options)


def follow(account: Account, report: Report, reporter: Reporter) -> Report:
    """Fill in the report until every tester has reported and CloudWatch has counted as much, or until the time for that is over.

    May be interrupted at any time: the report then holds what was known so far. SlipwayError when the testers refuse the message.
    """
    from botocore.exceptions import ClientError

    from slipway.artifacts.account import explain

    run, spec = report.run, account.config.load_test
    timeout = spec.request_timeout_in_seconds if spec is not None else 0
    reporter.step(run.target, f"{run.clients} clients, a request every {run.interval_in_seconds:g} s each, {run.duration_in_seconds:g} s")
    end = run.start_at + run.duration_in_seconds + timeout + GRACE_SECONDS
    while time.time() < end:
        try:
            _read_testers(account, report, reporter)
            report.metrics = sums(account, report)
        except ClientError as error:
            raise explain(error, f"cannot follow run {run.id}, which goes on,", account) from None
        if report.finished and sum(report.metrics[name] for name in (STATUS_SUCCESS, STATUS_ERROR)) >= report.together.requests:
            break
        reporter.waiting(run.target, _progress(report))
        time.sleep(_POLL_SECONDS)
    reporter.waiting(run.target, "")
    return report


def sums(account: Account, report: Report) -> dict[str, int]:
    """What CloudWatch has counted since the run's start, second by second: no request of an earlier run is among it."""
    where = [{"Name": name, "Value": value} for name, value in dimensions(account.naming.environment, report.run.target).items()]
    queries = [
        {
            "Id": metric.lower(),
            "MetricStat": {
                "Metric": {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": where},
                "Period": 1,
                "Stat": "Sum",
                "Unit": "Count",
            },
        }
        for metric in COUNTS
    ]
    window = {"StartTime": _moment(math.floor(report.begun or report.run.published)), "EndTime": _moment(time.time() + 60)}
    found = dict.fromkeys(COUNTS, 0.0)
    names = {metric.lower(): metric for metric in COUNTS}
    for page in account.client("cloudwatch").get_paginator("get_metric_data").paginate(MetricDataQueries=queries, **window):
        for result in page["MetricDataResults"]:
            found[names[result["Id"]]] += sum(result["Values"])
    return {metric: round(value) for metric, value in found.items()}


def _read_testers(account: Account, report: Report, reporter: Reporter) -> None:
    pages = (
        account.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=log_group(account.naming), startTime=int(report.run.published * 1000) - 60_000, filterPattern=f'"{report.run.id}"'
        )
    )
    for page in pages:
        for event in page["events"]:
            said = _fields(event["message"])
            if said.get("run") == report.run.id:
                _take(said, report, reporter)


def _take(said: Mapping[str, Any], report: Report, reporter: Reporter) -> None:
    if said["event"] == "refused":
        raise SlipwayError(f"the testers refuse to start: {said['error']}", fix="deploy what the environment file says, or ask for less")
    if said["event"] == "started":
        report.begun = said["start_at"]
    if said["event"] == "finished" and said["client"] not in report.testers:
        report.testers[said["client"]] = dict(said)
        reporter.info(report.run.target, f"client {said['client']} sent {said['sent']} of {said['planned']} requests")


def _fields(message: str) -> dict[str, Any]:
    try:
        found = json.loads(message)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _progress(report: Report) -> str:
    counted = report.metrics.get(STATUS_SUCCESS, 0) + report.metrics.get(STATUS_ERROR, 0)
    bad = f"{report.metrics.get(STATUS_ERROR, 0)} errors, {report.metrics.get(TEST_FAIL, 0)} unexpected"
    return f"{report.run.clients - len(report.testers)} testers; {counted} of {report.run.planned} requests counted, {bad}"


def _refuse(spec: LoadTestSpec, asked: Mapping[str, float]) -> None:
    for key, value in asked.items():
        limit = getattr(spec, key)
        wrong = value < limit if key == "interval_in_seconds" else not 1 <= value <= limit
        if wrong:
            which = "at least" if key == "interval_in_seconds" else "at most"
            raise InputError(
                f"{key} {value:g}: the environment's load_test allows {which} {limit:g}", fix="ask for less, or raise it there"
            )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)

"""The full demo's load and what watches it: report, dashboard page, testers in Lambda, and an alarm that goes off."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from slipway.artifacts.account import Account
from slipway.config.environment import EnvironmentConfig
from slipway.demo import evidence
from slipway.demo.project import MODEL
from slipway.errors import SlipwayError
from slipway.progress import Reporter

RATE, SECONDS = 30.0, 60
"""Of the load test: requests per second, and how long."""
VARIANTS = ("main", "broken")
REQUESTS = f"{MODEL}: requests"
"""Title of the dashboard's widget of invocations."""
_HEALTHY, _SHIFTED = {"main": 1.0, "broken": 0.0}, {"main": 1.0, "broken": 1.0}
_PAUSE = 0.1


class Watched:
    """The deployed endpoint under load. What is kept goes to the folder `reports`."""

    def __init__(self, config: EnvironmentConfig, url: str, scratch: Path, reports: Path, reporter: Reporter) -> None:
        self._account = Account(config, local_url=url)
        self._config, self._scratch, self._reports, self._reporter = config, scratch, reports, reporter
        self._endpoint = config.naming.name(MODEL)
        self._started = datetime.now(timezone.utc)
        reports.mkdir(parents=True, exist_ok=True)

    def load(self) -> tuple[str, None]:
        """An open-loop test; its report counts what CloudWatch counts."""
        from slipway.load.html import report_page
        from slipway.load.prepare import Asked, prepare
        from slipway.load.report import build
        from slipway.load.run import run

        before = self._invocations()
        cases = self._scratch / "examples" / MODEL / "cases.yaml"
        asked = Asked(MODEL, cases, rate=RATE, duration=f"{SECONDS}s", poisson=True)
        prepared = prepare(self._account, asked)
        measured = run(prepared.plan, lambda progress: self._reporter.waiting("load", f"{progress.elapsed:.0f} of {progress.total:.0f} s"))
        self._reporter.waiting("load", "")
        report = build(prepared.plan, measured, prepared.about, asked.objective)
        (self._reports / "load.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        (self._reports / "load.html").write_text(report_page(report), encoding="utf-8")
        requests = report["requests"]
        if requests["failed"] or requests["sent"] != requests["ok"]:
            raise SlipwayError(f"{requests['failed']} of {requests['sent']} requests failed: {report['problems'][:3]}")
        self._require_counted(before, requests["sent"])
        latency = report["latency_ms"]
        said = f"{requests['sent']} requests in {SECONDS} s, all right; p50 {latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms"
        return f"{said}; CloudWatch counts the same; {self._reports / 'load.html'}", None

    def distributed(self) -> tuple[str, None]:
        """A run of the environment's testers; what they have sent is what CloudWatch counts."""
        from slipway.load.distributed import Report, follow, start

        before = self._invocations()
        report = follow(self._account, Report(start(self._account)), self._reporter).as_dict()
        if report["partial"] or report["requests"] != report["TestSuccess"]:
            raise SlipwayError(f"the testers report {report['TestSuccess']} right answers to {report['requests']} requests")
        self._require_counted(before, report["requests"])
        return f"{report['clients']} testers, {report['requests']} requests, all answers as expected; CloudWatch counts the same", None

    def alarm(self) -> tuple[str, None]:
        """Half of the traffic to the broken variant: errors, an unhealthy endpoint, and healthy again without it."""
        name = f"{self._endpoint}-unhealthy"
        with self._traffic() as sent:
            self._shift(_SHIFTED)
            began = time.monotonic()
            self._wait_for(name, "ALARM")
            seconds = time.monotonic() - began
            self._shift(_HEALTHY)
            self._wait_for(name, "OK")
        failed = sent.count(False)
        history = self._account.client("cloudwatch").describe_alarm_history(AlarmName=name, HistoryItemType="StateUpdate")
        return (
            f"{name} in ALARM {seconds:.0f} s after the shift, OK again after the shift back; {failed} of {len(sent)} requests failed, "
            f"{len(history['AlarmHistoryItems'])} changes of state"
        ), None

    def dashboard(self) -> tuple[str, None]:
        """The deployed dashboard as a page; what its widget of requests adds up to is what CloudWatch counts."""
        from slipway.dashboards.render import draw, page
        from slipway.plots.page import render

        since = datetime.now(timezone.utc) - self._started
        drawn = draw(self._account, seconds=60 * (int(since.total_seconds()) // 60 + 2), period=10)
        file = self._reports / "dashboard.html"
        file.write_text(render(page(self._account, drawn)), encoding="utf-8")
        widgets = drawn.summary()
        shown = {series["label"]: series["sum"] for widget in widgets if widget["title"] == REQUESTS for series in widget["series"]}
        counted = self._invocations(datetime.fromtimestamp(drawn.span.start, timezone.utc))
        if round(sum(shown.values())) != counted:
            raise SlipwayError(f"the dashboard shows {shown} requests, CloudWatch counts {counted}")
        return f"{len(widgets)} widgets with metrics, {counted} requests in them as in CloudWatch; {file}", None

    @contextmanager
    def _traffic(self) -> Iterator[list[bool]]:
        """While it is open, one request after the other; True for each that was answered."""
        from botocore.exceptions import ClientError

        runtime, done, stop = self._account.client("sagemaker-runtime"), list[bool](), threading.Event()
        body = b'{"instances": [[14.23, 1.71, 2.43, 15.6, 127.0, 2.8, 3.06, 0.28, 2.29, 5.64, 1.04, 3.92, 1065.0]]}'

        def send() -> None:
            while not stop.wait(_PAUSE):
                try:
                    runtime.invoke_endpoint(EndpointName=self._endpoint, Body=body, ContentType="application/json")
                    done.append(True)
                except ClientError:
                    done.append(False)

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        try:
            yield done
        finally:
            stop.set()
            thread.join()

    def _shift(self, weights: dict[str, float]) -> None:
        sagemaker = self._account.client("sagemaker")
        desired = [{"VariantName": variant, "DesiredWeight": weight} for variant, weight in weights.items()]
        sagemaker.update_endpoint_weights_and_capacities(EndpointName=self._endpoint, DesiredWeightsAndCapacities=desired)
        sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=self._endpoint, WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    def _wait_for(self, alarm: str, state: str) -> None:
        cloudwatch = self._account.client("cloudwatch")

        def now() -> Any:
            found = cloudwatch.describe_alarms(AlarmNames=[alarm], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
            return found[0]["StateValue"] if found else "missing"

        evidence.until(lambda: now() == state, lambda: f"alarm {alarm} is {now()} instead of {state}")

    def _require_counted(self, before: int, sent: int) -> None:
        """Waits until CloudWatch has counted as many invocations more than `before` as were sent."""
        evidence.until(
            lambda: self._invocations() - before == sent,
            lambda: f"CloudWatch counts {self._invocations() - before} invocations, {sent} were sent",
        )

    def _invocations(self, since: datetime | None = None) -> int:
        """How many CloudWatch counts since then; by default since this began."""
        counted = evidence.invocations(self._account.client("cloudwatch"), self._endpoint, list(VARIANTS), since or self._started)
        return sum(counted.values())

"""What API Gateway and the function add to an invocation, on the local AWS: pairs of a direct call and one through the API."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from bench.cases import Row
from bench.front_world import BODY, ENDPOINT, NAMING, World, world

PAIRS = 60
"""Pairs of calls in a round."""
WARM = 20


def rows(rounds: int) -> list[Row]:
    """The rows of the table. Direct and API calls are sent in turn, from one client with kept connections.

    The parts are differences of medians that the local CloudWatch has of the same requests.
    """
    with world() as there:
        direct, through = _direct(there), _through(there)
        for _ in range(WARM):
            direct(), through()
        started = datetime.now(timezone.utc)
        timed = [(_timed(direct), _timed(through)) for _ in range(rounds * PAIRS)]
        variant = {"EndpointName": ENDPOINT, "VariantName": "main"}
        endpoint = sum(_median(there, "AWS/SageMaker", name, variant, started) for name in ("ModelLatency", "OverheadLatency")) / 1000
        function = _median(there, "AWS/Lambda", "Duration", {"FunctionName": NAMING.name("api")}, started)
        latency = _median(there, "AWS/ApiGateway", "Latency", {"ApiName": NAMING.name("api")}, started)
        integration = _median(there, "AWS/ApiGateway", "IntegrationLatency", {"ApiName": NAMING.name("api")}, started)
    asked = [one for one, _ in timed]
    added = [api - one for one, api in timed]
    return [
        Row("InvokeEndpoint, direct", _milliseconds(asked), "", True),
        Row("the same through API Gateway and Lambda", _milliseconds([api for _, api in timed]), "", True),
        Row("added, pair by pair", _milliseconds(added), "", True),
        Row("of it the function and its connection to the endpoint", f"{function - endpoint:.2f} ms", "", True),
        Row("of it the local API Gateway's rules", f"{latency - integration:.2f} ms", "", True),
        Row("of it the local Lambda, from event to process and back", f"{integration - function:.2f} ms", "", True),
    ]


def _direct(there: World) -> Callable[[], None]:
    runtime = there.client("sagemaker-runtime")

    def ask() -> None:
        answer = runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=BODY, ContentType="application/json")
        assert answer["Body"].read()

    return ask


def _through(there: World) -> Callable[[], None]:
    from slipway.invoke.api import ApiClient, find_api
    from slipway.invoke.call import Call

    account = there.account()
    client = ApiClient(account, find_api(account, local_url=there.url), "tiny")
    call = Call(BODY, "application/json")

    def ask() -> None:
        answer = client.ask(call)
        if answer.status != 200:
            raise SystemExit(f"the API answered {answer.status}: {answer.text}")

    return ask


def _timed(ask: Callable[[], None]) -> float:
    """Milliseconds of one call."""
    started = time.perf_counter()
    ask()
    return (time.perf_counter() - started) * 1000


def _median(there: World, namespace: str, metric: str, dimensions: dict[str, str], started: datetime) -> float:
    """Median of a metric since `started`, in its own unit."""
    answer: Any = there.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=started,
        EndTime=datetime.now(timezone.utc) + timedelta(minutes=1),
        Period=86_400,
        ExtendedStatistics=["p50"],
    )
    return float(answer["Datapoints"][0]["ExtendedStatistics"]["p50"])


def _milliseconds(times: Sequence[float]) -> str:
    tenths = statistics.quantiles(times, n=10)
    return f"{statistics.median(times):.2f} ms ({tenths[0]:.2f}-{tenths[-1]:.2f})"

"""The queues of asynchronous endpoints: at most MaxConcurrentInvocationsPerInstance at a time on each instance."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field

from slipway.localaws import background
from slipway.localaws.clock import real_seconds
from slipway.localaws.hosting.live import LiveEndpoint, Unavailable, live
from slipway.localaws.runtime import measure, workers
from slipway.localaws.runtime.request import Invocation

PER_INSTANCE = 4
"""Requests at a time on an instance when ClientConfig does not say."""
BACKLOG_SECONDS = 60.0
"""Seconds of AWS's time between two backlog metrics."""


@dataclass(frozen=True)
class Job:
    """One accepted request. `success` and `failure` are s3:// places, empty when the configuration has none; `topics` is its
    NotificationConfig; `expires` in seconds since 1970, `timeout` in seconds.
    """

    invocation: Invocation
    endpoint: LiveEndpoint
    inference_id: str
    source: str
    success: str
    failure: str
    kms_key: str
    topics: dict[str, object]
    expires: float
    timeout: float
    received: float = field(default_factory=time.time)


_lock = threading.Lock()
_waiting: dict[str, deque[Job]] = {}
_running: Counter[str] = Counter()
_measured: dict[str, float] = {}


def put(job: Job) -> None:
    """Queue a job and start what may start."""
    with _lock:
        _waiting.setdefault(job.endpoint.arn, deque()).append(job)
    _dispatch(job.endpoint)
    background.wake()


def backlog(arn: str) -> int:
    """Requests that wait or run."""
    with _lock:
        return len(_waiting.get(arn, ())) + _running[arn]


def job() -> bool:
    """Start what had to wait for instances, emit the backlog's metrics. True while anything waits or has just ended."""
    with _lock:
        known = [queue[0].endpoint for queue in _waiting.values() if queue]
    for endpoint in known:
        _drop_deleted(endpoint.arn)
    with _lock:
        known = [queue[0].endpoint for queue in _waiting.values() if queue]
        arns = {arn for arn, queue in _waiting.items() if queue} | {arn for arn, count in _running.items() if count}
    for endpoint in known:
        _dispatch(endpoint)
    for endpoint in _asynchronous():
        _measure(endpoint)
    return bool(arns)


def forget() -> None:
    """Drop every request that has not begun."""
    with _lock:
        _waiting.clear()
        _measured.clear()


def _asynchronous() -> list[LiveEndpoint]:
    from slipway.localaws.hosting.live import endpoints

    return [endpoint for _, _, endpoint in endpoints() if "AsyncInferenceConfig" in endpoint.config]


def _drop_deleted(arn: str) -> None:
    """Requests that wait end with their endpoint, as on AWS. A new endpoint of the name has the same ARN."""
    with _lock:
        jobs = list(_waiting.get(arn, ()))
    gone = {id(job) for job in jobs if not job.endpoint.exists}
    with _lock:
        if gone and (queue := _waiting.pop(arn, None)):
            _waiting[arn] = deque(job for job in queue if id(job) not in gone)


def _dispatch(endpoint: LiveEndpoint) -> None:
    _drop_deleted(endpoint.arn)
    capacity = _capacity(endpoint)
    while True:
        with _lock:
            queue = _waiting.get(endpoint.arn)
            if not queue or _running[endpoint.arn] >= capacity:
                return
            job = queue.popleft()
            _running[endpoint.arn] += 1
        if not workers.submit(_run, job):
            with _lock:
                _running[endpoint.arn] -= 1
                _waiting.setdefault(endpoint.arn, deque()).appendleft(job)
            return


def _run(job: Job) -> None:
    from slipway.localaws.runtime.async_job import run

    try:
        run(job)
    finally:
        with _lock:
            _running[job.endpoint.arn] -= 1
        _dispatch(job.endpoint)


def _instances(endpoint: LiveEndpoint) -> int:
    """Instances in service; 0 while the endpoint is scaled to zero, or gone."""
    if live(endpoint.account, endpoint.region, endpoint.name) is None:
        return 0
    try:
        return sum(len(endpoint.instances(state.name)) for state in endpoint.variants())
    except (Unavailable, KeyError):
        return 0


def _capacity(endpoint: LiveEndpoint) -> int:
    client = endpoint.config.get("AsyncInferenceConfig", {}).get("ClientConfig") or {}
    return _instances(endpoint) * int(client.get("MaxConcurrentInvocationsPerInstance", PER_INSTANCE))


def _measure(endpoint: LiveEndpoint) -> None:
    now = time.monotonic()
    if now - _measured.get(endpoint.arn, -BACKLOG_SECONDS) < real_seconds(BACKLOG_SECONDS):
        return
    _measured[endpoint.arn] = now
    size, instances = backlog(endpoint.arn), _instances(endpoint)
    values = [("ApproximateBacklogSize", float(size), "Count"), ("HasBacklogWithoutCapacity", float(size > 0 and not instances), "None")]
    with _lock:
        oldest = [job.received for job in list(_waiting.get(endpoint.arn, ()))[:1]]
    values.append(("ApproximateAgeOfOldestRequest", max(0.0, time.time() - oldest[0]) if oldest else 0.0, "Seconds"))
    if instances:
        values.append(("ApproximateBacklogSizePerInstance", size / instances, "Count"))
    measure.endpoint_metrics(endpoint, values)

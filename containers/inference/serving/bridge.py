"""The same container as a Lambda function: a process that takes Lambda's events and asks the local /invocations.

Beside everything else, not in its place: what answers is nginx and the workers, as in an endpoint. Lambda gives an environment 10 s to
start (on-demand), then one event at a time, and freezes all of its processes in between.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

from settings import Settings

from serving import processes
from serving.events import Asked, Malformed, read, written
from serving.log import log, log_exception
from serving.runtime_api import Invocation, RuntimeApi, RuntimeApiLost

INIT_SECONDS = 9.0
"""When an on-demand environment asks for its first event at the latest: after 10 s Lambda would start it again from the beginning.
A model that needs longer goes on loading within the first request's own time. Provisioned environments have no such limit."""
_MARGIN = 0.25
"""Seconds before the deadline in which an error is still reported."""
_PAUSE = 0.02


class Bridge:
    """Takes events until Lambda ends the environment. `serving`: whether a worker takes requests."""

    def __init__(self, settings: Settings, api: RuntimeApi, serving: Callable[[], bool]) -> None:
        self._settings, self._api, self._serving = settings, api, serving
        self._host = settings.host.strip("[]") or "127.0.0.1"
        self._ready = False

    def run(self) -> None:
        """Never returns while Lambda is there. Raises RuntimeApiLost."""
        on_demand = self._settings.initialization == "on-demand"
        if not self._wait(time.monotonic() + INIT_SECONDS if on_demand else None):
            log("warning", "slow_start", seconds=INIT_SECONDS, reason="the model still loads; the first request waits for it")
        while True:
            self.serve(self._api.next())

    def serve(self, invocation: Invocation) -> None:
        """Answer one event, or report why it was not. Raises RuntimeApiLost."""
        seconds = max(0.0, invocation.deadline / 1000 - time.time() - _MARGIN)
        try:
            asked = read(invocation.event)
        except Malformed as error:
            self._api.fail(invocation.request_id, "Event.Malformed", str(error))
            return
        started = time.monotonic()
        if not self._wait(started + seconds):
            self._api.fail(invocation.request_id, "Container.NotReady", "the model was not loaded within the function's time-out")
            return
        try:
            status, content_type, body = self._ask(asked, invocation.request_id, max(0.05, seconds - (time.monotonic() - started)))
        except (OSError, HTTPException) as error:
            log_exception("bridge_failed", error, request_id=invocation.request_id)
            self._api.fail(invocation.request_id, "Container.NoAnswer", "the container did not answer in time")
            return
        if status >= 500:  # An error of the function, for its metrics, its alarms and its dead letters; 4xx is the caller's.
            self._api.fail(invocation.request_id, f"Model.{status}", _message(body))
        else:
            self._api.answer(invocation.request_id, written(status, content_type, body))

    def _ask(self, asked: Asked, request_id: str, seconds: float) -> tuple[int, str, bytes]:
        headers = {"Content-Type": asked.content_type, "Accept": asked.accept, "X-Amzn-RequestId": request_id}
        connection = HTTPConnection(self._host, self._settings.port, timeout=seconds)
        try:
            connection.request("POST", "/invocations", asked.body, headers)
            response = connection.getresponse()
            return response.status, response.getheader("Content-Type") or "application/octet-stream", response.read()
        finally:
            connection.close()

    def _wait(self, until: float | None) -> bool:
        """Wait for a worker, until `time.monotonic()` is `until` (None: for ever); whether there was one."""
        while not self._ready and (until is None or time.monotonic() < until):
            self._ready = self._serving()
            if not self._ready:
                time.sleep(_PAUSE)
        return self._ready


def main(settings: Settings, serving: Callable[[], bool], parent: int) -> int:
    """The life of the bridge's process, called in the forked child of the supervisor; its exit code, for it only ends by failing."""
    processes.die_with_parent(parent)
    processes.set_name("bridge")
    try:
        Bridge(settings, RuntimeApi(settings.runtime_api), serving).run()
    except RuntimeApiLost as error:
        log("error", "runtime_api_lost", reason=str(error))
    except Exception as error:
        log_exception("bridge_failed", error)
    return 1


def tell_failed_start(settings: Settings, reason: str) -> None:
    """Tell Lambda why the container ends, so that the caller of a cold start hears it. Without Lambda nothing happens."""
    if settings.runtime_api:
        try:
            RuntimeApi(settings.runtime_api).fail_init("Container.FailedToStart", reason)
        except RuntimeApiLost as error:
            log("error", "runtime_api_lost", reason=str(error))


def _message(body: bytes) -> str:
    """The message of the container's own error document."""
    try:
        return str(json.loads(body)["error"]["message"])[:300]
    except (ValueError, KeyError, TypeError):
        return "the model failed"

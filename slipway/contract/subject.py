"""The serving container under test: started when a clause needs it, kept while clauses share it, gone in the end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.contract.cases import Case
from slipway.contract.examined import Examined
from slipway.contract.first_start import LOADING, Started, watch
from slipway.errors import SlipwayError

if TYPE_CHECKING:
    from slipway.containers.client import Response
    from slipway.containers.running import Running

MARKER = "slipway-payload-7d1c0a9e"
"""Stands in request bodies; must never stand in a log."""


class NotRunning(SlipwayError):
    """The container does not serve, so a clause about serving cannot be checked."""


@dataclass(kw_only=True)
class Subject(Examined):
    """An image, its model and the cases it must answer."""

    model: Path | None = None
    cases: list[Case] = field(default_factory=list)
    errors: list[tuple[str, bytes]] = field(default_factory=list)
    """Every error answer seen so far: which request, and its body."""

    @property
    def good(self) -> list[Case]:
        """Quick POST cases that must succeed."""
        return [case for case in self.cases if case.succeeds and not case.takes and case.path == "/invocations"]

    @property
    def right(self) -> list[Case]:
        """The good cases that are answered right when nothing else happens; the others are the matter of SM-INVOKE-02."""
        return self.first_start().right

    @property
    def slow(self) -> Case | None:
        """The case that keeps the container busy longest within the time limit."""
        slow = [case for case in self.cases if case.succeeds and 0 < case.takes < self.settings.request]
        return max(slow, key=lambda case: case.takes, default=None)

    @property
    def endless(self) -> Case | None:
        """A case that takes longer than the time limit."""
        return next((case for case in self.cases if case.takes > self.settings.request), None)

    def new_root(self) -> Path:
        """A folder for one container."""
        self._count += 1
        root = self.folder / f"container-{self._count}"
        root.mkdir(parents=True)
        return root

    def launch(self, *, model: bool = True, environment: Mapping[str, str] | None = None, root: Path | None = None) -> Running:
        """A container of its own, just started; the caller ends it. SlipwayError when it cannot be started."""
        from slipway.containers.launch import start

        variables = {**self.settings.variables(), **(environment or {})}
        options: dict[str, Any] = {"environment": variables, "model": self.model if model else None, "reporter": self.reporter}
        return start(self.source, "serve", root=root or self.new_root(), engine=self.engine, **options)

    @contextmanager
    def fresh(self, *, root: Path | None = None) -> Iterator[Running]:
        """A ready container of its own, killed in the end. SlipwayError when it does not become ready."""
        running = self.launch(root=root)
        try:
            self._ready(running)
            yield running
        finally:
            running.kill()

    def first_start(self) -> Started:
        """How the first start of the shared container went."""
        return self.memo("first start", self._start)

    def _start(self) -> Started:
        try:
            self._running = self.launch()
        except SlipwayError as error:
            return Started(error.message)
        return watch(self, self._running)

    def container(self) -> Running:
        """The shared ready container; a new one when the last died or was discarded. `NotRunning` when none becomes ready."""
        begun = self.first_start()
        if not begun.ready:
            raise NotRunning(f"the container did not become ready: {begun.problem}")
        if self._running is None or not self._running.alive():
            self.discard()
            self._running = self.launch()
            self._ready(self._running)
        return self._running

    def _ready(self, running: Running) -> None:
        """Wait for /ping, and for right answers too when the first start showed that /ping comes too early."""
        running.wait_until_ready(self.settings.startup)
        ends = time.monotonic() + LOADING
        while self.first_start().early and self.first_wrong(running) and time.monotonic() < ends:
            time.sleep(0.1)

    def send(
        self,
        case: Case,
        running: Running | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,
    ) -> Response:
        """Send a case, with other headers or another body when given. `ConnectionFailed` when there is no answer in `timeout` s."""
        target = running or self.container()
        sent = {**case.all_headers(), **(headers or {})}
        limit = timeout or self.settings.request + 10
        response = target.request(case.method, case.path, case.body if body is None else body, sent, timeout=limit)
        if response.status >= 400:
            self.errors.append((case.name, response.body))
        return response

    def try_case(self, case: Case, running: Running | None = None, **options: Any) -> str | None:
        """Send a case with the options of `send`; what is wrong with the answer, None when it is right."""
        try:
            response = self.send(case, running, **options)
        except NotRunning:
            raise
        except SlipwayError as error:
            return error.message
        return case.check(response.status, response.headers.get("content-type"), response.body)

    def first_wrong(self, running: Running | None = None, **options: Any) -> str | None:
        """The first of the right cases that is no longer answered right, and why."""
        for case in self.right:
            if problem := self.try_case(case, running, **options):
                return f"{case.name}: {problem}"
        return None

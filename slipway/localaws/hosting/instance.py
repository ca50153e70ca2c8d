"""One instance of a variant: its containers, who uses them, and its end."""

from __future__ import annotations

import secrets
import threading
import time
import weakref
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from slipway.errors import SlipwayError
from slipway.localaws.hosting import containers, folders, settings
from slipway.localaws.hosting.errors import HostingFailed
from slipway.localaws.hosting.logs import LogFile, Place, write_lines
from slipway.localaws.hosting.plan import ContainerPlan, VariantPlan

if TYPE_CHECKING:
    from slipway.containers.launch import Running

_TAIL_LINES = 10
_TAIL = " The container's log ends:\n"
_MAX_REASON = 1024
"""Characters of a FailureReason (API: FailureReason)."""


class Instance:
    """Containers that serve together: one, or a pipeline. A serverless one may be cold, that is, without containers."""

    def __init__(self, plan: VariantPlan, place: Place) -> None:
        self.id = "i-" + secrets.token_hex(9)[1:]
        self.plan = plan
        self.place = place
        self.folder = folders.new_folder()
        self.containers: list[Running] = []
        self.used = time.monotonic()
        self.loaded: dict[str, Path] = {}
        self.users: Counter[str] = Counter()
        self.models = threading.Condition()
        self.loading = threading.Lock()
        self._logs: list[LogFile] = []
        self._leases = 0
        self._idle = threading.Condition()
        self._warming = threading.Lock()
        INSTANCES.add(self)

    def launch(self) -> None:
        """Start the containers without waiting for them. Raises HostingFailed; nothing runs then."""
        try:
            for number, container in enumerate(self.plan.containers, 1):
                running = self._start(container, number)
                self.containers.append(running)
                self._logs.append(LogFile(self.place, self._stream(container), running.log))
        except SlipwayError as error:
            self.kill()
            raise HostingFailed(
                f"CannotStartContainerError. Please ensure the model container for variant {self.plan.name} starts correctly when "
                f"invoked with 'docker run <image> serve'.",
                (error.message, error.fix),
            ) from None
        except BaseException:
            self.kill()
            raise

    def wait_until_ready(self) -> None:
        """Wait for /ping of every container. Raises HostingFailed with the log's tail; nothing runs then."""
        deadline = time.monotonic() + settings.ping_seconds(self.plan.spec.get("ContainerStartupHealthCheckTimeoutInSeconds"))
        for container, running in zip(self.plan.containers, list(self.containers), strict=True):
            try:
                running.wait_until_ready(max(0.1, deadline - time.monotonic()))
            except SlipwayError as error:
                said, tail = getattr(error, "summary", error.message), running.log_tail(_TAIL_LINES)
                self.kill()
                raise HostingFailed(
                    _with_tail(
                        f"The {self.plan.called(container)} for production variant {self.plan.name} did not pass the ping health check. "
                        "Please check CloudWatch logs for this endpoint.",
                        tail,
                    ),
                    (said,),
                ) from None

        self.ship_logs()

    def warm(self) -> float:
        """Start a cold instance. Returns the seconds it took, 0.0 when it was warm. Raises HostingFailed."""
        with self._warming:
            if self.alive():
                return 0.0
            started = time.monotonic()
            self.kill()
            self.launch()
            self.wait_until_ready()
            return time.monotonic() - started

    def cool(self) -> None:
        """Stop the containers of a serverless instance that nobody has used for a while."""
        with self._warming, self._idle:
            if self._leases == 0 and self.containers:
                self.kill()

    def alive(self) -> bool:
        """Whether all of its containers run."""
        running = list(self.containers)
        return bool(running) and all(container.alive() for container in running)

    @property
    def idle_for(self) -> float:
        """Seconds since the last request ended; 0.0 while one is under way."""
        with self._idle:
            return 0.0 if self._leases else time.monotonic() - self.used

    @property
    def leases(self) -> int:
        """Requests under way."""
        return self._leases

    def lease(self) -> None:
        """A request is on its way: the containers stay until it is released."""
        with self._idle:
            self._leases += 1

    def release(self) -> None:
        """The request has ended."""
        with self._idle:
            self._leases -= 1
            self.used = time.monotonic()
            self._idle.notify_all()

    def retire(self) -> None:
        """Wait until no request is under way, then SIGTERM, then SIGKILL. Nobody may lease it any more."""
        with self._idle:
            self._idle.wait_for(lambda: self._leases <= 0, settings.DRAIN_SECONDS)
        for running in self.containers:
            running.terminate(settings.GRACE_SECONDS)
        self._end()

    def kill(self) -> None:
        """End the containers at once."""
        for running in self.containers:
            running.kill()
        self._end()

    def remove(self) -> None:
        """Remove its folder; the containers have ended."""
        folders.remove(self.folder)

    def ship_logs(self) -> None:
        """Send new log lines to CloudWatch."""
        for log in list(self._logs):
            log.ship()

    def note(self, text: str) -> None:
        """A line of the platform in the instance's own log stream."""
        write_lines(self.place, self._stream(self.plan.containers[0]), [text])

    def exit_codes(self) -> list[int | None]:
        """Exit code of each container, None while it runs."""
        return [running.exit_code() for running in self.containers]

    def _start(self, container: ContainerPlan, number: int) -> Running:
        from slipway.containers.launch import start

        root = self.folder / str(number)
        folders.remove(root)  # what a serverless instance left when it was stopped
        (root / "opt" / "ml" / "models").mkdir(parents=True, exist_ok=True)
        return containers.launch(
            lambda: start(container.source, "serve", root=root, environment=dict(container.environment), model=container.model)
        )

    def _end(self) -> None:
        for running in self.containers:
            containers.forget(running)
        for log in self._logs:
            with suppress(OSError):
                log.ship(all_of_it=True)
        self.containers, self._logs, self.loaded = [], [], {}

    def _stream(self, container: ContainerPlan) -> str:
        stream = f"{self.plan.name}/{self.id}"
        return stream if len(self.plan.containers) == 1 else f"{stream}/{container.name}"


INSTANCES: weakref.WeakSet[Instance] = weakref.WeakSet()
"""Every instance, those that are still coming up too."""


def _with_tail(reason: str, lines: list[str]) -> str:
    """SageMaker's sentence and the end of the container's log, within the length of a FailureReason."""
    tail = "\n".join(lines)
    room = _MAX_REASON - len(reason) - len(_TAIL)
    return f"{reason}{_TAIL}{tail[-room:]}" if tail and room > 0 else reason

"""One task: a container process, moto's record of it, and its place in a target group."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends

from slipway.localaws import logwriter
from slipway.localaws.ecs.definition import TaskPlan
from slipway.localaws.elb.target import Target
from slipway.localaws.hosting import containers, folders
from slipway.localaws.lock import LOCK

if TYPE_CHECKING:
    from slipway.containers.running import Running


class LiveTask:
    """`target` is where the load balancer finds it; None for a service without one. `record` is moto's Task."""

    def __init__(self, plan: TaskPlan, record: Any) -> None:
        self.plan, self.record = plan, record
        self.target: Target | None = None
        self.started = time.monotonic()
        self.leaving = False
        self._folder = folders.new_folder()
        self._running: Running | None = None
        self._reader: Any = None
        self._ending = threading.Lock()
        self._ended = False

    @property
    def address(self) -> str:
        """The private IPv4 address of its network interface."""
        details = self.record.attachments[0]["details"] if self.record.attachments else []
        return next((str(item["value"]) for item in details if item["name"] == "privateIPv4Address"), "127.0.0.1")

    @property
    def pid(self) -> int:
        """The container's main process; 0 when none runs."""
        return self._running.pid if self._running is not None else 0

    @property
    def port(self) -> int:
        """The real port on this machine."""
        return self._running.port if self._running is not None else 0

    def launch(self) -> None:
        """Start the container. Raises SlipwayError or HostingFailed; nothing runs then."""
        from slipway.containers.launch import start
        from slipway.containers.log_reader import LogReader

        command: Any = self.plan.command[0] if self.plan.command else "serve"
        source, variables = self.plan.source(), self.plan.variables()
        self._running = containers.launch(lambda: start(source, command, root=self._folder, environment=variables))
        self._reader = LogReader(self._running.log)
        self._status("RUNNING", started_at=_now())

    def alive(self) -> bool:
        """Whether the container runs."""
        return self._running is not None and self._running.alive()

    @property
    def healthy(self) -> bool:
        """Whether it counts: it runs, and its load balancer, if it has one, finds it healthy."""
        return self.alive() and not self.leaving and (self.target is None or self.target.state == "healthy")

    def ship_logs(self) -> None:
        """Send new log lines to CloudWatch."""
        if self._reader is None or not self.plan.group:
            return
        while (lines := self._reader.read()) is not None:
            self._write(lines)

    def retire(self, drain_seconds: float, reason: str, code: str) -> None:
        """Leave the target group, wait for requests under way, then SIGTERM, then SIGKILL."""
        self.leaving = True
        if self.target is not None:
            self.target.drain(drain_seconds)
        if self._running is not None and self._running.alive():
            with suppress(OSError):
                self._running.terminate(self.plan.stop_seconds)
        self.kill(reason, code)

    def kill(self, reason: str, code: str) -> None:
        """End the container at once. A second call does nothing."""
        with self._ending:
            if self._ended:
                return
            self._ended = True
        self.leaving = True
        exit_code = self._running.exit_code() if self._running is not None else None
        if self.target is not None:
            self.target.leave()
        if self._running is not None:
            self._running.kill()
            containers.forget(self._running)
            self.ship_logs()
            if self._reader is not None:
                self._write(self._reader.rest())
        folders.remove(self._folder)
        self._stopped(reason, code, exit_code)

    def _stopped(self, reason: str, code: str, exit_code: int | None) -> None:
        with LOCK:
            for container in self.record.containers:
                container.exitCode = exit_code  # moto's spelling
            for attachment in self.record.attachments:
                interfaces = [item["value"] for item in attachment["details"] if item["name"] == "networkInterfaceId"]
                for interface in interfaces:
                    ec2_backends[self.plan.account][self.plan.region].enis.pop(interface, None)
        self._status("STOPPED", desired_status="STOPPED", stopped_reason=reason, stop_code=code, stopped_at=_now())

    def _status(self, status: str, **more: Any) -> None:
        with LOCK:
            self.record.status = status
            for name, value in more.items():
                setattr(self.record, name, value)
            for container in self.record.containers:
                container.last_status = status

    def _write(self, lines: list[bytes]) -> None:
        if lines and self.plan.group:
            stream = "/".join(part for part in (self.plan.prefix, self.plan.container, self.record.id) if part)
            text = [line.decode("utf-8", "replace").rstrip("\r") for line in lines]
            logwriter.put(logwriter.Batch(self.plan.account, self.plan.region, self.plan.group, stream, lambda: text))


def _now() -> datetime:
    return datetime.now(timezone.utc)

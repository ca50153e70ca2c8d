"""A service at work: it has as many tasks as it should, of the right definition, and rolls back what does not come up."""

from __future__ import annotations

import logging
import math
import threading
import time
from datetime import datetime, timezone
from typing import Any

from moto.ecs.models import ecs_backends

from slipway.errors import SlipwayError
from slipway.localaws import background
from slipway.localaws.clock import real_seconds
from slipway.localaws.ecs import failure, health, records
from slipway.localaws.ecs.capacity import ServiceCapacity
from slipway.localaws.ecs.definition import plan
from slipway.localaws.ecs.deployment import Deployment
from slipway.localaws.ecs.task import LiveTask
from slipway.localaws.ecs.watch import AlarmWatch
from slipway.localaws.hosting import settings
from slipway.localaws.hosting.errors import HostingFailed, Stopped
from slipway.localaws.lock import LOCK

LOG = logging.getLogger("slipway.localaws")
TICK_SECONDS = 0.3
RETRY_SECONDS = 1.0
"""Real seconds between two attempts to start a task; they double with each that fails, up to a minute."""
_EVENTS = 100


class LiveService:
    """A thread that keeps one service. `service` is moto's; what DescribeServices shows of it is written here and nowhere else."""

    def __init__(self, account: str, region: str, service: Any) -> None:
        self.account, self.region, self.service = account, region, service
        self.deployments: list[Deployment] = []
        self._completed: Deployment | None = None
        self.capacity = ServiceCapacity(self)
        self._guard = threading.Lock()
        self._wake, self._ending = threading.Event(), threading.Event()
        self._next_try = 0.0
        self._thread = threading.Thread(target=self._run, name=f"ecs-{service.name}", daemon=True)
        self.changed()
        self._thread.start()

    @property
    def tasks(self) -> list[LiveTask]:
        """Every task that runs or is on its way."""
        with self._guard:
            return [task for deployment in self.deployments for task in deployment.tasks]

    @property
    def desired(self) -> int:
        """Tasks wanted, as AWS counts them."""
        return int(self.service.desired_count) if self.service.status == "ACTIVE" else 0

    @property
    def wanted(self) -> int:
        """Containers that stand for them: at most SLIPWAY_LOCAL_INSTANCES."""
        return min(self.desired, settings.max_containers())

    def changed(self, *, forced: bool = False) -> None:
        """The service was created or updated: begin a deployment when its task definition is another one. Called with the lock."""
        definition = ecs_backends[self.account][self.region].describe_task_definition(self.service.task_definition)
        if forced or not self.deployments or self.deployments[0].definition != definition.arn:
            watch = AlarmWatch.of(self.account, self.region, self.service)
            self._begin(Deployment(definition.arn, plan(self.account, self.region, definition), watch))
        self._publish()
        self._wake.set()

    def end(self, seconds: float = 10.0) -> None:
        """Stop the thread and every task."""
        self._ending.set()
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(seconds)
        for task in self.tasks:
            task.kill("Service was deleted", "ServiceSchedulerInitiated")

    def _begin(self, deployment: Deployment) -> None:
        with self._guard:
            self.deployments.insert(0, deployment)
        self._next_try = 0.0

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._step()
            except Stopped:
                return
            except Exception:
                LOG.exception("service %s failed", self.service.name)
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()

    def _step(self) -> None:
        for deployment in list(self.deployments):
            self._look_after(deployment)
        self._break()
        self._fill()
        self._thin()
        self._settle()
        with LOCK:
            self._publish()

    def _look_after(self, deployment: Deployment) -> None:
        """Take out tasks that have ended or do not answer."""
        for task in list(deployment.tasks):
            task.ship_logs()
            if task.leaving:
                if task.record.status == "STOPPED":
                    self._drop(deployment, task)
                continue
            never = task.target is not None and not task.target.ever_healthy
            problem = health.check(task, self.service)
            if not problem:
                if task.healthy and deployment.rollout == "IN_PROGRESS" and deployment.healthy() >= self.wanted:
                    deployment.failed = 0
                continue
            deployment.failed += 1 if never or deployment.rollout == "IN_PROGRESS" else 0
            self._say(f"(service {self.service.name}) (task {task.record.id}) {problem}")
            task.kill(problem, "EssentialContainerExited" if "exited" in problem else "ServiceSchedulerInitiated")
            self._drop(deployment, task)
            self._back_off(deployment)

    def _break(self) -> None:
        """A deployment that does not come up, or raises an alarm, is given up, and the last completed one comes back."""
        primary = self.deployments[0]
        found = failure.find(self.service, primary, self.desired) if primary.rollout == "IN_PROGRESS" else None
        if found is None:
            return
        primary.become("FAILED", f"{found.method}: {found.text}")
        records.announce(self, "SERVICE_DEPLOYMENT_FAILED", primary)
        self._say(f"(service {self.service.name}) (deployment {primary.id}) deployment failed: {found.text}")
        good = self._completed
        if not found.rollback or good is None or good is primary:
            return
        unwatched = AlarmWatch(self.account, self.region)
        back = good if good in self.deployments else Deployment(good.definition, good.plan, unwatched)
        with LOCK, self._guard:  # in this order: calls come with the lock
            if self.deployments[0] is not primary:
                return  # somebody has begun another one meanwhile
            back.watch = unwatched
            back.become("IN_PROGRESS", f"{found.method}: rolling back to deploymentId {good.id}.")
            self.deployments = [back, *(item for item in self.deployments if item is not back)]
            self.service.task_definition = back.definition
        self._say(f"(service {self.service.name}) rolling back to deployment {good.id}.")
        self._next_try = 0.0

    def _fill(self) -> None:
        """Start what is missing, within maximumPercent."""
        primary = self.deployments[0]
        if primary.plan is None or primary.rollout == "FAILED":
            return
        most = max(1, math.floor(self.wanted * self._percent("maximumPercent", 200) / 100))
        while len(primary.present()) < self.wanted and time.monotonic() >= self._next_try and not self._ending.is_set():
            if sum(len(deployment.present()) for deployment in self.deployments) >= most:
                return
            self._start(primary)

    def _start(self, deployment: Deployment) -> None:
        assert deployment.plan is not None  # noqa: S101 - _fill starts nothing without one
        task = LiveTask(deployment.plan, records.new_task(self, deployment))
        with self._guard:
            deployment.tasks.append(task)
        try:
            task.launch()
        except (SlipwayError, HostingFailed) as error:
            text = getattr(error, "message", "") or getattr(error, "reason", "")
            deployment.failed += 1
            self._say(f"(service {self.service.name}) was unable to start a task: {text}")
            task.kill(f"CannotStartContainerError: {text}", "TaskFailedToStart")
            self._drop(deployment, task)
            self._back_off(deployment)
            return
        task.target = health.register(task, self.service)

    def _thin(self) -> None:
        """Stop what is too much: tasks of older deployments as new ones answer, then those beyond the desired number."""
        least = math.ceil(self.wanted * self._percent("minimumHealthyPercent", 100) / 100)
        primary, older = self.deployments[0], self.deployments[1:]
        spare = sum(deployment.healthy() for deployment in self.deployments) - least
        for deployment in reversed(older):
            for task in deployment.present():
                if task.healthy and spare <= 0:
                    continue
                spare -= task.healthy
                self._retire(task, f"Scaling activity initiated by (deployment {deployment.id})")
        for task in primary.present()[self.wanted :]:
            self._retire(task, f"Scaling activity initiated by (deployment {primary.id})")

    def _settle(self) -> None:
        """A deployment is complete when all of its tasks answer, the older ones are gone, and its alarms stayed quiet for a while."""
        primary = self.deployments[0]
        ready = primary.plan is None or primary.healthy() >= self.wanted
        if primary.rollout != "IN_PROGRESS" or not ready:
            return
        with self._guard:
            if self.deployments[0] is not primary:
                return  # somebody has begun another one meanwhile
            done = [item for item in self.deployments if item is primary or item.tasks]
            self.deployments = done
        if len(done) == 1 and primary.watch.baked():
            primary.become("COMPLETED", f"ECS deployment {primary.id} completed.")
            primary.failed = 0
            self._completed = primary
            records.announce(self, "SERVICE_DEPLOYMENT_COMPLETED", primary)
            self._say(f"(service {self.service.name}) has reached a steady state.")

    def _retire(self, task: LiveTask, reason: str) -> None:
        task.leaving = True
        drain = real_seconds(health.drain_seconds(task))
        threading.Thread(target=task.retire, args=(drain, reason, "ServiceSchedulerInitiated"), daemon=True).start()

    def _drop(self, deployment: Deployment, task: LiveTask) -> None:
        with self._guard:
            if task in deployment.tasks:
                deployment.tasks.remove(task)
        background.wake()

    def _back_off(self, deployment: Deployment) -> None:
        self._next_try = time.monotonic() + min(60.0, RETRY_SECONDS * 2 ** max(0, deployment.failed - 1))

    def _percent(self, name: str, default: int) -> float:
        configured = (getattr(self.service, "deployment_configuration", None) or {}).get(name)
        return float(default if configured is None else configured)

    def _say(self, text: str) -> None:
        with LOCK:
            event = {"id": f"{time.time_ns():x}", "createdAt": datetime.now(timezone.utc), "message": text}
            self.service.events = [event, *self.service.events][:_EVENTS]

    def _publish(self) -> None:
        """Counts as AWS would have them: when all containers answer that stand for the tasks, all tasks run."""
        shown = []
        for number, deployment in enumerate(self.deployments):
            there = sum(task.record.status == "RUNNING" and not task.leaving for task in deployment.tasks)
            complete = deployment.plan is None or (number == 0 and there >= self.wanted)
            shown.append(deployment.shown(number == 0, self.desired, self.desired if complete and number == 0 else there, self.service))
        self.service.deployments = shown
        self.service.running_count = sum(item["runningCount"] for item in shown)
        self.service.pending_count = sum(item["pendingCount"] for item in shown)

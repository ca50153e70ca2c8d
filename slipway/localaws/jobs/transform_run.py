"""One transform job while it runs: its instances, its requests, its output, its end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Any

from slipway.errors import SlipwayError
from slipway.localaws import inside
from slipway.localaws.cloudwatch import metrics
from slipway.localaws.hosting import folders
from slipway.localaws.hosting import settings as hosting_settings
from slipway.localaws.hosting.definition import Definition
from slipway.localaws.hosting.errors import HostingFailed, Stopped
from slipway.localaws.hosting.instance import Instance
from slipway.localaws.hosting.logs import Place
from slipway.localaws.hosting.plan import VariantPlan, plan_variant
from slipway.localaws.jobs import live
from slipway.localaws.jobs.transform_file import FileFailed, TransformFile
from slipway.localaws.jobs.transform_input import InputRefused, find_files
from slipway.localaws.jobs.transform_log import LOG_GROUP, DataLog
from slipway.localaws.jobs.transform_sample import sample
from slipway.localaws.jobs.transform_settings import Settings, environment, settings

NAMESPACE = LOG_GROUP
SEE_LOGS = "See job logs for more information"


class JobPlace(Place):
    """Where a job's containers log: all transform jobs of an account share one group."""

    @property
    def log_group(self) -> str:
        """The group of all transform jobs."""
        return LOG_GROUP


@dataclass(frozen=True)
class Ended:
    """How a job ended. `reason`: FailureReason, empty unless it failed."""

    status: str
    reason: str = ""


class TransformRun:
    """Runs one job in a thread of its own. `ended` is called once, when everything is written and all containers are gone."""

    def __init__(self, definition: Definition, request: dict[str, Any], ended: Callable[[Ended], None]) -> None:
        self.definition, self._request, self._ended = definition, request, ended
        self._place = JobPlace(definition.account, definition.region, request["TransformJobName"])
        self._instances: list[Instance] = []
        self._stopped = False
        self.work = live.start(self._place.endpoint, self._run, lambda reason: ended(Ended("Failed", reason[:1024])))

    def stop(self) -> None:
        """Ask for the end: requests under way are given up with their containers (API: StopTransformJob)."""
        self._stopped = True
        self.work.cancelled.set()
        for instance in list(self._instances):
            instance.kill()

    def _run(self, work: live.Work) -> None:
        self._ending = work.cancelled
        plan: VariantPlan | None = None
        try:
            plan = self._plan()
            ended = self._work(plan)
        except Stopped:
            ended = Ended("Stopped")
        except HostingFailed as failed:
            ended = Ended("Failed", f"ClientError: {failed.reason}"[:1024])
        except (InputRefused, SlipwayError) as refused:
            ended = Ended("Failed", str(refused)[:1024])
        finally:
            self._leave(plan)
        if self._stopped or not work.cancelled.is_set():
            self._ended(Ended("Stopped") if self._stopped else ended)

    def _plan(self) -> VariantPlan:
        """The model's containers with the job's variables."""
        name = self._request["TransformJobName"]
        plan = plan_variant(self.definition, {"VariantName": name, "ModelName": self._request["ModelName"]})
        more = environment(self._request)
        return replace(plan, containers=tuple(replace(c, environment={**c.environment, **more}) for c in plan.containers))

    def _work(self, plan: VariantPlan) -> Ended:
        files = find_files(self._request["TransformInput"]["DataSource"]["S3DataSource"])
        count = min(int(self._request["TransformResources"]["InstanceCount"]), hosting_settings.max_containers())
        self._start_instances(plan, count)
        chosen = settings(self._request, self._instances[0].containers[0])
        log = DataLog(self._place, self._instances[0].id)
        log.settings(chosen)
        work = [TransformFile(file, self._request, chosen, log, self._ending) for file in files]
        failed = self._send_all(work, chosen)
        self._measure()
        if self._ending.is_set():
            raise Stopped
        if not failed:
            return Ended("Completed")
        kind = "ClientError" if all(error.client for error in failed) else "AlgorithmError"
        return Ended("Failed", f"{kind}: {SEE_LOGS}")

    def _start_instances(self, plan: VariantPlan, count: int) -> None:
        for _ in range(count):
            instance = Instance(plan, self._place)
            self._instances.append(instance)
            if self._ending.is_set():
                raise Stopped
            instance.launch()
        for instance in self._instances:
            instance.wait_until_ready()
        if self._ending.is_set():
            raise Stopped

    def _send_all(self, work: list[TransformFile], chosen: Settings) -> list[FileFailed]:
        """Every file to its end; one that fails does not hold up the others. The failures."""
        free: SimpleQueue[Instance] = SimpleQueue()
        for instance in self._instances * chosen.concurrent:
            free.put(instance)
        lanes = len(self._instances) * chosen.concurrent
        with ThreadPoolExecutor(lanes, "transform-files") as files, ThreadPoolExecutor(lanes, "transform") as requests:
            ends = list(files.map(lambda file: self._one(file, requests, free), work))
        return [failed for failed in ends if failed]

    def _one(self, file: TransformFile, requests: Executor, free: SimpleQueue[Instance]) -> FileFailed | None:
        """One file to its end: its output is written, or how it failed."""
        if self._ending.is_set():
            return None
        try:
            result = file.transform(requests, free)
        except FileFailed as failed:
            return failed
        if not self._ending.is_set():
            try:
                inside.put_object(self._place.account, self._place.region, *self._target(file, result))
            except inside.NotWritten as error:
                raise InputRefused(f"ClientError: the output cannot be written: {error}") from None
        return None

    def _target(self, file: TransformFile, result: bytes) -> tuple[str, bytes, str, str]:
        output = self._request["TransformOutput"]
        kind = output.get("Accept") or "application/octet-stream"
        return f"{output['S3OutputPath'].rstrip('/')}/{file.name}.out", result, kind, output.get("KmsKeyId", "")

    def _measure(self) -> None:
        """CPU and memory of each instance, as dimension Host has them: `<job>/<instance>`."""
        for instance in self._instances:
            values = sample([container.pid for container in instance.containers])
            host = {"Host": f"{self._place.endpoint}/{instance.id}"}
            metrics.emit_all(self._place.account, self._place.region, NAMESPACE, host, values)

    def _leave(self, plan: VariantPlan | None) -> None:
        """Nothing stays: containers get SIGTERM as at any end, folders go."""
        for instance in self._instances:
            if self._ending.is_set():
                instance.kill()
            else:
                instance.retire()
            folders.remove(instance.folder)
        if plan is not None:
            folders.remove(plan.folder)

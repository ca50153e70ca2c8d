"""One execution: every step whose needs are met runs, side by side up to the limit; after a failure nothing new begins."""

from __future__ import annotations

import json
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from moto.core.utils import utcnow

from slipway.localaws.hosting.data import read_object
from slipway.localaws.jobs import experiments
from slipway.localaws.jobs.live import Work
from slipway.localaws.jobs.storage import join
from slipway.localaws.pipelines import cache, steps
from slipway.localaws.pipelines.definition import Node
from slipway.localaws.pipelines.errors import StepFailed, StepStopped
from slipway.localaws.pipelines.record import Record, StepRecord, iso
from slipway.localaws.pipelines.retry import Retries
from slipway.localaws.pipelines.values import Scope, descend, resolve

MOST_STEPS = 50
"""Steps at a time when nobody says less (API: ParallelismConfiguration)."""
LOCAL_STEPS = 8
"""Of those, steps that really run at a time on this machine."""
FAILED = "Step failure: One or multiple steps failed."


class Execution:
    """Runs a record to its end. After RetryPipelineExecution what succeeded before is not run again."""

    def __init__(self, record: Record, work: Work) -> None:
        self.record, self.work = record, work
        self.nodes = {node.name: node for node in record.definition.nodes}
        limit = (record.entry.parallelism_configuration or {}).get("MaxParallelExecutionSteps", MOST_STEPS)
        self.limit = min(int(limit), LOCAL_STEPS)
        self.scope = Scope(record.values, self._facts(), _Properties(record), self._property_file)

    def run(self) -> None:
        """Until nothing runs and nothing can begin."""
        self._open_experiment()
        with ThreadPoolExecutor(self.limit, thread_name_prefix="pipeline-step") as pool:
            running: dict[Future[None], str] = {}
            while True:
                for node in self._ready(set(running.values())) if not self._ending() else []:
                    if len(running) < self.limit:
                        running[pool.submit(self._step, node)] = node.name
                if not running or self.work.cancelled.is_set():
                    break
                finished, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in finished:
                    del running[future]
                    future.result()
        if not self.work.cancelled.is_set():
            self._end()

    def _ending(self) -> bool:
        return self.record.told.is_set() or any(step.status == "Failed" for step in self.record.steps.values())

    def _ready(self, running: set[str]) -> list[Node]:
        """Steps that can begin. One of a branch that was not taken never can, nor what needs it."""
        done = {name for name, step in self.record.steps.items() if step.status == "Succeeded"}
        return [
            node
            for node in self.nodes.values()
            if node.name not in running and node.name not in done and node.needs <= done and self._taken(node)
        ]

    def _taken(self, node: Node) -> bool:
        return node.branch is None or self.record.steps[node.branch[0]].answer is node.branch[1]

    def _step(self, node: Node) -> None:
        step = StepRecord(node)
        with self.record.guard:
            self.record.steps[node.name] = step
        self.record.set_step(step, "Executing")
        try:
            self._attempts(node, step)
        except StepStopped:
            self.record.set_step(step, "Stopped")
        except StepFailed as failed:
            self.record.set_step(step, "Failed", failed.reason)
        except _Cancelled:
            return
        else:
            self.record.set_step(step, "Succeeded")

    def _attempts(self, node: Node, step: StepRecord) -> None:
        if node.step.get("CacheConfig", {}).get("Enabled"):
            step.signature = cache.signature(node, resolve(node.step.get("Arguments", {}), self.scope))
            if (hit := cache.find(self.record, node, step.signature)) is not None:
                step.properties, step.metadata, step.taken_from = hit[0].properties, hit[0].metadata, hit[1]
                return
        retries = Retries(node)
        while True:
            step.attempts += 1
            try:
                outcome = steps.run(node, self._context(step))
            except StepFailed as failed:
                seconds = retries.wait_for(failed)
                if seconds is None or self.record.told.is_set():
                    raise
                self._pause(seconds)
                continue
            step.properties, step.metadata, step.answer = outcome.properties, outcome.metadata, outcome.answer
            return

    def _context(self, step: StepRecord) -> steps.Context:
        def started(metadata: dict[str, Any]) -> None:
            step.metadata = metadata

        record = self.record
        return steps.Context(
            record.account,
            record.region,
            record.id,
            self.scope,
            record.experiment,
            started,
            stopping=record.told.is_set,
            pause=self._pause,
        )

    def _pause(self, seconds: float) -> None:
        if self.work.cancelled.wait(seconds):
            raise _Cancelled

    def _end(self) -> None:
        states = {step.status for step in self.record.steps.values()}
        if "Failed" in states:
            self.record.set_status("Failed", FAILED)
        elif self.record.told.is_set():
            self.record.set_status("Stopped")
        else:
            self.record.set_status("Succeeded")

    def _facts(self) -> dict[str, Any]:
        """What `Execution.X` may be."""
        record, name = self.record, self.record.pipeline.pipeline_name
        return {
            "PipelineExecutionId": record.id,
            "PipelineExecutionArn": record.arn,
            "PipelineName": name,
            "PipelineArn": record.pipeline.arn,
            "StartDateTime": iso(record.entry.start_time),
            "CurrentDateTime": iso(utcnow()),
        }

    def _open_experiment(self) -> None:
        config = self.record.definition.document.get("PipelineExperimentConfig")
        if config:
            names = resolve(config, self.scope)
            self.record.experiment = {"ExperimentName": names["ExperimentName"], "TrialName": names["TrialName"]}
            experiments.open_trial(self.record.account, self.record.region, names["ExperimentName"], names["TrialName"])

    def _property_file(self, step: str, name: str) -> Any:
        """The document that a processing step wrote. Raises StepFailed when it is missing or no JSON."""
        node = self.nodes.get(step)
        files = {item["PropertyFileName"]: item for item in node.step.get("PropertyFiles", [])} if node else {}
        if name not in files:
            raise StepFailed(f"ClientError: step {step} has no property file {name}")
        output, path = files[name]["OutputName"], files[name]["FilePath"]
        where = ["ProcessingOutputConfig", "Outputs", output, "S3Output", "S3Uri"]
        address = join(str(descend(self.record.steps[step].properties, where, f"output {output} of step {step}")), path)
        data = read_object(address)
        try:
            return json.loads(data or b"")
        except ValueError:
            raise StepFailed(f"ClientError: the property file {name} at {address} is missing or is no JSON") from None


class _Properties(dict[str, Any]):
    """The properties of steps that have succeeded."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._record = record

    def get(self, name: str, default: Any = None) -> Any:
        step = self._record.steps.get(name)
        return step.properties if step is not None and step.status == "Succeeded" else default


class _Cancelled(Exception):
    """The local AWS is being emptied."""

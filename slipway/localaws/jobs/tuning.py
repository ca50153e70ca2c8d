"""One tuning job: real training jobs with other hyperparameters each, the best one by its objective metric.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from moto.sagemaker.models import sagemaker_backends

from slipway.localaws import inside
from slipway.localaws.jobs.live import Work
from slipway.localaws.jobs.search import Values, proposals
from slipway.localaws.jobs.state import FINAL, JobState
from slipway.localaws.lock import LOCK

MOST_AT_A_TIME = 2
"""Training jobs of one tuning job that run at a time on this machine, whatever MaxParallelTrainingJobs allows."""
POLL_SECONDS = 0.1
_TAKEN = (
    *("AlgorithmSpecification", "RoleArn", "InputDataConfig", "VpcConfig", "OutputDataConfig", "ResourceConfig", "StoppingCondition"),
    *("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining", "CheckpointConfig"),
    *("RetryStrategy", "Environment"),
)


class TuningRun:
    """Runs one tuning job."""

    def __init__(self, state: JobState, work: Work) -> None:
        self.state, self.work = state, work
        self.config = state.request["HyperParameterTuningJobConfig"]
        self.definition = state.request["TrainingJobDefinition"]
        self.objective = self.config.get("HyperParameterTuningJobObjective") or self.definition["TuningObjective"]
        limits = self.config["ResourceLimits"]
        self.most = int(limits.get("MaxNumberOfTrainingJobs", 500))
        self.parallel = min(int(limits["MaxParallelTrainingJobs"]), MOST_AT_A_TIME)
        self.deadline = time.monotonic() + float(limits.get("MaxRuntimeInSeconds", 2_592_000))
        self.jobs: dict[str, dict[str, Any]] = {}
        state.entry.tuned = self.jobs
        ranges = self.config.get("ParameterRanges") or self.definition.get("HyperParameterRanges", {})
        self.values = proposals(self.config, ranges, int(self.config.get("RandomSeed", secrets.randbits(32))))

    def run(self) -> None:
        """Start jobs until the limit, follow them, say which is the best."""
        exhausted = False
        while not self.work.cancelled.is_set():
            running = [job for job in self.jobs.values() if job["TrainingJobStatus"] not in FINAL]
            for job in running:
                self._look(job)
            ending = self.state.told.is_set() or time.monotonic() > self.deadline
            while not ending and not exhausted and len(running) < self.parallel and len(self.jobs) < self.most:
                values = next(self.values, None)
                exhausted = values is None
                if values is not None:
                    running.append(self._start(values))
            self._count()
            if not running:
                break
            if ending:
                self._stop(running)
            self.work.cancelled.wait(POLL_SECONDS)
        if not self.work.cancelled.is_set():
            self._finish()

    def _start(self, values: Values) -> dict[str, Any]:
        name = f"{self.state.name}-{len(self.jobs) + 1:03d}-{secrets.token_hex(4)}"
        static = self.definition.get("StaticHyperParameters", {})
        tuned = {**static, **values, "_tuning_objective_metric": self.objective["MetricName"]}
        request = {key: self.definition[key] for key in _TAKEN if key in self.definition}
        if tags := self.state.request.get("Tags"):
            request["Tags"] = tags
        client = inside.client(self.state.account, self.state.region, "sagemaker")
        arn = client.create_training_job(TrainingJobName=name, HyperParameters=tuned, **request)["TrainingJobArn"]
        with LOCK:
            sagemaker_backends[self.state.account][self.state.region].training_jobs[name].job.set(TuningJobArn=self.state.arn)
        self.jobs[name] = {
            "TrainingJobName": name,
            "TrainingJobArn": arn,
            "TunedHyperParameters": values,
            "TrainingJobStatus": "InProgress",
        }
        self._look(self.jobs[name])
        return self.jobs[name]

    def _look(self, job: dict[str, Any]) -> None:
        client = inside.client(self.state.account, self.state.region, "sagemaker")
        found = client.describe_training_job(TrainingJobName=job["TrainingJobName"])
        kept = ("TrainingJobStatus", "CreationTime", "TrainingStartTime", "TrainingEndTime", "FailureReason")
        job.update({name: found[name] for name in kept if name in found})
        if found["TrainingJobStatus"] not in FINAL:
            return
        metrics = {item["MetricName"]: float(item["Value"]) for item in found.get("FinalMetricDataList", [])}
        value = metrics.get(self.objective["MetricName"])
        good = value is not None and found["TrainingJobStatus"] == "Completed"
        job["ObjectiveStatus"] = "Succeeded" if good else "Failed"
        if value is not None:
            job["FinalHyperParameterTuningJobObjectiveMetric"] = {
                "Type": self.objective["Type"],
                "MetricName": self.objective["MetricName"],
                "Value": value,
            }

    def _stop(self, running: list[dict[str, Any]]) -> None:
        client = inside.client(self.state.account, self.state.region, "sagemaker")
        for job in running:
            if job["TrainingJobStatus"] == "InProgress":
                client.stop_training_job(TrainingJobName=job["TrainingJobName"])

    def _count(self) -> None:
        """The counters and the best job so far."""
        jobs = list(self.jobs.values())

        def having(member: str, *values: str) -> int:
            return sum(job.get(member, "Pending") in values for job in jobs)

        members: dict[str, Any] = {
            "TrainingJobStatusCounters": {
                "Completed": having("TrainingJobStatus", "Completed"),
                "InProgress": having("TrainingJobStatus", "InProgress", "Stopping"),
                "RetryableError": 0,
                "NonRetryableError": having("TrainingJobStatus", "Failed"),
                "Stopped": having("TrainingJobStatus", "Stopped"),
            },
            "ObjectiveStatusCounters": {
                "Succeeded": having("ObjectiveStatus", "Succeeded"),
                "Pending": having("ObjectiveStatus", "Pending"),
                "Failed": having("ObjectiveStatus", "Failed"),
            },
        }
        if best := self._best():
            members["BestTrainingJob"] = dict(best)
        self.state.set(**members)

    def _best(self) -> dict[str, Any] | None:
        good = [job for job in self.jobs.values() if job.get("ObjectiveStatus") == "Succeeded"]
        sign = 1 if self.objective["Type"] == "Maximize" else -1
        return max(good, key=lambda job: sign * job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"], default=None)

    def _finish(self) -> None:
        if self.state.told.is_set():
            self.state.finish("Stopped")
        elif self._best() is None:
            silent = f"no metric {self.objective['MetricName']} in its log"
            reasons = "; ".join(sorted({job.get("FailureReason", silent) for job in self.jobs.values()}))
            self.state.finish("Failed", FailureReason=f"No training job succeeded after {len(self.jobs)} attempts: {reasons}"[:1024])
        else:
            self.state.finish("Completed")

"""What Describe and List say of a job, and the event that tells others: written onto moto's object under the lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.sagemaker.models import sagemaker_backends

from slipway.localaws.events import bus
from slipway.localaws.jobs import live, replay
from slipway.localaws.lock import LOCK

FINAL = ("Completed", "Failed", "Stopped")


@dataclass(frozen=True)
class Kind:
    """A kind of job: the words its members begin with, and its name in events."""

    word: str
    detail_type: str

    @property
    def status(self) -> str:
        """The member with the status."""
        return f"{self.word}Status"


TRAINING = Kind("TrainingJob", "SageMaker Training Job State Change")
PROCESSING = Kind("ProcessingJob", "SageMaker Processing Job State Change")
TUNING = Kind("HyperParameterTuningJob", "SageMaker HyperParameter Tuning Job State Change")


class JobState:
    """One job. `told`: somebody called Stop."""

    def __init__(self, kind: Kind, account: str, region: str, entry: Any, request: dict[str, Any]) -> None:
        self.kind, self.account, self.region, self.entry, self.request = kind, account, region, entry, request
        self.told = threading.Event()
        self.members: dict[str, Any] = {kind.status: "InProgress", "CreationTime": utcnow(), "LastModifiedTime": utcnow()}
        if kind is TRAINING:
            output = request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
            artifacts = {"S3ModelArtifacts": f"{output}/{request['TrainingJobName']}/output/model.tar.gz"}
            self.members |= {"SecondaryStatus": "Starting", "SecondaryStatusTransitions": [], "ModelArtifacts": artifacts}
            self.secondary("Starting", "Preparing the instances for training")
        entry.job = self
        self._show()

    @property
    def name(self) -> str:
        """The job's name."""
        return str(self.request[f"{self.kind.word}Name"])

    @property
    def arn(self) -> str:
        """The job's ARN."""
        return str(self.entry.arn)

    @property
    def status(self) -> str:
        """InProgress, Stopping, Completed, Failed or Stopped."""
        return str(self.members[self.kind.status])

    def set(self, **members: Any) -> None:
        """Change what Describe says."""
        with LOCK:
            self.members |= {**members, "LastModifiedTime": utcnow()}
            self._show()

    def secondary(self, status: str, message: str = "") -> None:
        """The next secondary status of a training job."""
        with LOCK:
            now, transitions = utcnow(), self.members["SecondaryStatusTransitions"]
            if transitions:
                transitions[-1].setdefault("EndTime", now)
            transitions.append({"Status": status, "StartTime": now, **({"StatusMessage": message} if message else {})})
            self.members |= {"SecondaryStatus": status, "LastModifiedTime": now}

    def stop(self) -> None:
        """Somebody called Stop; what has ended stays as it is."""
        with LOCK:
            if self.status == "InProgress":
                self.set(**{self.kind.status: "Stopping"})
        self.told.set()

    def finish(self, status: str, **members: Any) -> None:
        """The job has ended; whoever follows events hears of it."""
        with LOCK:
            end = {f"{'HyperParameterTuning' if self.kind is TUNING else self.kind.word.removesuffix('Job')}EndTime": utcnow()}
            if self.kind is TRAINING and (transitions := self.members["SecondaryStatusTransitions"]):
                transitions[-1].setdefault("EndTime", utcnow())
            self.set(**{self.kind.status: status}, **end, **members)
        replay.remember(self.kind.word, self.account, self.region, self.name, self.members)
        self.publish()

    def lost(self) -> None:
        """The journal is being replayed: unless it says more later, the local AWS was stopped while this job ran."""
        self.set(**{self.kind.status: "Failed"}, FailureReason=replay.STOPPED)
        if self.kind is TRAINING:
            self.secondary("Failed")

    def restore(self, members: dict[str, Any]) -> None:
        """What Describe said of it before the restart."""
        self.members = dict(members)
        self._show()

    def run(self, body: Callable[[live.Work], None], **failed: str) -> None:
        """Do `body` in the background, unless the journal is being replayed: it says how the job ended. `failed`: members if it breaks."""
        if live.holding():
            self.lost()
            return
        self.publish()
        live.start(self.name, body, lambda reason: self.finish("Failed", **failed, FailureReason=reason))

    def publish(self) -> None:
        """Put the state change on the event bus."""
        detail = {f"{self.kind.word}Name": self.name, f"{self.kind.word}Arn": self.arn, **self.members}
        given: dict[str, Any] = {name: self.request[name] for name in ("RoleArn", "OutputDataConfig", "Tags") if name in self.request}
        bus.publish(
            self.account,
            self.region,
            source="aws.sagemaker",
            detail_type=self.kind.detail_type,
            detail=plain({**given, **detail}),
            resources=[self.arn],
        )

    def _show(self) -> None:
        """Set what moto's own lists read."""
        entry, members, word = self.entry, self.members, self.kind.word.removesuffix("Job")
        prefix = {"Training": "training", "Processing": "processing", "HyperParameterTuning": "hyper_parameter_tuning"}[word]
        setattr(entry, f"{prefix}_job_status", self.status)
        setattr(entry, f"{prefix}_end_time", members.get(f"{word}EndTime"))
        entry.creation_time, entry.last_modified_time = members["CreationTime"], members["LastModifiedTime"]


@replay.restores(TRAINING.word)
def _training(account: str, region: str, name: str, known: dict[str, Any]) -> None:
    sagemaker_backends[account][region].training_jobs[name].job.restore(known)


@replay.restores(PROCESSING.word)
def _processing(account: str, region: str, name: str, known: dict[str, Any]) -> None:
    sagemaker_backends[account][region].processing_jobs[name].job.restore(known)


@replay.restores(TUNING.word)
def _tuning(account: str, region: str, name: str, known: dict[str, Any]) -> None:
    sagemaker_backends[account][region].hyper_parameter_tuning_jobs[name].job.restore(known)


def plain(value: Any) -> Any:
    """JSON: times as milliseconds since 1970, as SageMaker's events have them."""
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value

"""What a training job is made of and what comes of it, in SageMaker's words (CreateTrainingJob, DescribeTrainingJob)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from slipway.artifacts.pack import Archive
from slipway.errors import InputError

MAX_HYPERPARAMETERS = 100
MAX_HYPERPARAMETER_NAME = 256
MAX_HYPERPARAMETER_VALUE = 2500
MAX_CHANNELS = 20
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_JOB_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")

Status = Literal["Completed", "Failed", "Stopped"]


@dataclass(frozen=True)
class Channel:
    """One input channel: a folder or a single file. `mode` is TrainingInputMode; FastFile is a plain folder as File is."""

    path: Path
    content_type: str = ""
    mode: Literal["File", "FastFile", "Pipe"] = "File"


@dataclass(frozen=True)
class Job:
    """The request. `source_dir` becomes /opt/ml/code; `program` the hyperparameter `sagemaker_program`, empty: the container's default."""

    name: str = "local"
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    source_dir: Path | None = None
    program: str = ""


@dataclass(frozen=True)
class TrainingResult:
    """How a job ended.

    status: Completed, Failed, or Stopped (told to stop, or out of time). exit_code: the container's. failure: FailureReason, empty
    unless Failed. model_archive and output_archive: what SageMaker would upload, None when the folder is empty or the job failed.
    metrics: the last value of each metric definition; series: all of them. seconds: run time of the container. log: its output.
    """

    status: Status
    exit_code: int
    failure: str
    model_archive: Archive | None
    output_archive: Archive | None
    metrics: dict[str, float]
    series: dict[str, list[float]]
    seconds: float
    log: Path


def check(job: Job) -> None:
    """Refuse what CreateTrainingJob would refuse, before anything is written. InputError names the rule."""
    if not _JOB_NAME.fullmatch(job.name):
        raise InputError(f"training job name {job.name!r} is not valid", fix="use 1 to 63 letters, digits and inner hyphens")
    if len(job.hyperparameters) > MAX_HYPERPARAMETERS:
        raise InputError(
            f"{len(job.hyperparameters)} hyperparameters; SageMaker takes {MAX_HYPERPARAMETERS}", fix="put the rest in a file of a channel"
        )
    for name, value in as_strings(job.hyperparameters).items():
        if not 1 <= len(name) <= MAX_HYPERPARAMETER_NAME or len(value) > MAX_HYPERPARAMETER_VALUE:
            raise InputError(
                f"hyperparameter {name!r} is too long",
                fix=f"names have 1 to {MAX_HYPERPARAMETER_NAME}, values up to {MAX_HYPERPARAMETER_VALUE} characters",
            )
    if len(job.channels) > MAX_CHANNELS:
        raise InputError(f"{len(job.channels)} channels; SageMaker takes {MAX_CHANNELS}", fix="join some of them")
    for name, channel in job.channels.items():
        if not _CHANNEL_NAME.fullmatch(name):
            raise InputError(f"channel name {name!r} is not valid", fix="use 1 to 64 letters, digits, dots, hyphens and underscores")
        if not channel.path.exists():
            raise InputError(f"channel {name}: {channel.path} does not exist", fix="name the folder or file with the channel's data")
    if job.source_dir is not None and not job.source_dir.is_dir():
        raise InputError(f"{job.source_dir} is not a folder", fix="name the folder that holds the training program")


def as_strings(values: Mapping[str, Any]) -> dict[str, str]:
    """Hyperparameters as CreateTrainingJob takes them: text as it is, anything else as JSON."""
    return {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}

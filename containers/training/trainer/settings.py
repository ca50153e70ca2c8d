"""Every variable and path of the training container, in one file.

Paths are those of "How Amazon SageMaker AI Provides Training Information" in the SageMaker developer guide;
`SAGEMAKER_BASE_DIR` moves the whole tree, so that the container also runs as a plain process without root.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trainer.failure import TrainingFailed

DEFAULT_PROGRAM = "train.py"
STOP_SECONDS = 110.0
"""SageMaker sends SIGKILL 120 s after SIGTERM (StopTrainingJob, spot interruption, MaxRuntimeInSeconds); we end before that."""


@dataclass(frozen=True)
class Settings:
    """The variables, read once at start.

    base: SAGEMAKER_BASE_DIR, default /opt/ml.
    program: SAGEMAKER_PROGRAM, the program to run when no hyperparameter `sagemaker_program` names one; default train.py.
    submit_directory: SAGEMAKER_SUBMIT_DIRECTORY, where the code comes from when no hyperparameter names it; default none.
    image_code: folder `code` beside the container's own files, for programs that are part of the image.
    job_name, region: TRAINING_JOB_NAME and AWS_REGION, both set by SageMaker; empty elsewhere.
    log_level: SAGEMAKER_CONTAINER_LOG_LEVEL, a number as in Python's logging; default 20 (INFO).
    stop_seconds: SLIPWAY_STOP_SECONDS, how long the program may take to end after SIGTERM, 1 to 115; default 110.
    program_user: SLIPWAY_PROGRAM_USER, the unprivileged user the program runs as when the container itself is root; default none.
    """

    base: Path
    program: str
    submit_directory: str
    image_code: Path
    job_name: str
    region: str
    log_level: int
    stop_seconds: float
    program_user: str

    @property
    def input(self) -> Path:
        return self.base / "input"

    @property
    def config(self) -> Path:
        """hyperparameters.json, inputdataconfig.json and resourceconfig.json lie here."""
        return self.input / "config"

    @property
    def data(self) -> Path:
        """One folder per channel."""
        return self.input / "data"

    @property
    def code(self) -> Path:
        return self.base / "code"

    @property
    def checkpoints(self) -> Path:
        """Synchronised with S3 while the job runs; filled again when an interrupted spot job starts anew."""
        return self.base / "checkpoints"

    @property
    def model(self) -> Path:
        """Becomes model.tar.gz."""
        return self.base / "model"

    @property
    def output(self) -> Path:
        return self.base / "output"

    @property
    def output_data(self) -> Path:
        """Becomes output.tar.gz."""
        return self.output / "data"

    @property
    def intermediate(self) -> Path:
        return self.output / "intermediate"

    @property
    def failure(self) -> Path:
        """Its first 1,024 bytes become FailureReason of DescribeTrainingJob."""
        return self.output / "failure"

    def writable(self) -> tuple[Path, ...]:
        """The folders the program may write to; made when they are missing."""
        return (self.model, self.output_data, self.intermediate, self.checkpoints)


def read(environment: Mapping[str, str]) -> Settings:
    """The settings from the process's environment. TrainingFailed names a variable that is out of range."""
    return Settings(
        base=Path(environment.get("SAGEMAKER_BASE_DIR") or "/opt/ml"),
        program=environment.get("SAGEMAKER_PROGRAM") or DEFAULT_PROGRAM,
        submit_directory=environment.get("SAGEMAKER_SUBMIT_DIRECTORY", ""),
        image_code=Path(__file__).resolve().parents[1] / "code",
        job_name=environment.get("TRAINING_JOB_NAME", ""),
        region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION", ""),
        log_level=int(_number(environment, "SAGEMAKER_CONTAINER_LOG_LEVEL", 20, 0, 100)),
        stop_seconds=_number(environment, "SLIPWAY_STOP_SECONDS", STOP_SECONDS, 1, 115),
        program_user=environment.get("SLIPWAY_PROGRAM_USER", ""),
    )


def _number(environment: Mapping[str, str], name: str, default: float, lowest: float, highest: float) -> float:
    text = environment.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not lowest <= value <= highest:
        raise TrainingFailed(f"{name} must be a number from {lowest:g} to {highest:g}, got {text!r}")
    return value

"""Steps that start a job or create something: how each is called, asked and stopped, and what caching compares.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`word` is what its members begin with; `call` the action's name behind create_, describe_, stop_; `longest`: of a job's name."""

    word: str
    call: str
    metadata: str
    compared: tuple[str, ...]
    longest: int = 63
    experiment: bool = True

    @property
    def name(self) -> str:
        """The member with the name."""
        return f"{self.word}Name"


_TRAINING = (
    *("AlgorithmSpecification", "CheckpointConfig", "DebugHookConfig", "DebugRuleConfigurations"),
    *("Environment", "HyperParameters", "InputDataConfig"),
)
JOBS = {
    "Processing": Kind("ProcessingJob", "processing_job", "ProcessingJob", ("AppSpecification", "Environment", "ProcessingInputs")),
    "Training": Kind("TrainingJob", "training_job", "TrainingJob", _TRAINING),
    "Tuning": Kind(
        "HyperParameterTuningJob",
        "hyper_parameter_tuning_job",
        "TuningJob",
        ("HyperParameterTuningJobConfig", "TrainingJobDefinition", "TrainingJobDefinitions"),
        longest=32,
        experiment=False,
    ),
    "Transform": Kind("TransformJob", "transform_job", "TransformJob", ("DataProcessing", "Environment", "ModelName", "TransformInput")),
}
OF_A_DEFINITION = ("AlgorithmSpecification", "HyperParameterRanges", "InputDataConfig", "StaticHyperParameters", "TuningObjective")
"""What caching compares of a tuning step's training job definition."""

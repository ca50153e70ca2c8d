"""Options of a pipeline's steps."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec
from modules.training.fields import DataSource, FilePath, ItemName, ParameterRef, Text, Uri

InstanceType = Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
Value = Text | bool | int | float | ParameterRef
"""A literal, or what a parameter holds."""
_Mime = Annotated[str, Field(pattern=r"^[-\w]+/[-\w+.]+$", max_length=256)]
_Variable = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]{0,255}$")]


class Compute(Spec):
    """Instances of a job; gone when it ends."""

    instance_type: InstanceType | ParameterRef = Field("ml.m5.large", description="Instance type, or a String parameter with one.")
    instance_count: Annotated[int, Field(ge=1, le=100)] | ParameterRef = Field(1, description="Instances, or an Integer parameter.")
    volume_size_in_gb: int = Field(30, ge=1, le=16_384, description="Encrypted volume of each instance, GB.")


class ProcessingSpec(Spec):
    """A processing job: a program of the source in a container, from /opt/ml/processing/input/* to /opt/ml/processing/output/*."""

    program: FilePath = Field(description="Program in the source; Python runs it.")
    image: str | None = Field(None, min_length=1, description="Key of `registries` with this step's own image. Default: the pipeline's.")
    arguments: Annotated[tuple[Text | ParameterRef, ...], Field(strict=False, max_length=100)] = Field(
        (), description="Arguments of the program."
    )
    environment: dict[_Variable, Text | ParameterRef] = Field(default_factory=dict, max_length=100, description="Environment variables.")
    inputs: dict[ItemName, DataSource] = Field(
        default_factory=dict, max_length=8, description="Data, each in the folder /opt/ml/processing/input/NAME."
    )
    outputs: Annotated[tuple[ItemName, ...], Field(strict=False, max_length=10)] = Field(
        (), description="Folders /opt/ml/processing/output/NAME that are uploaded."
    )
    compute: Compute = Field(Compute(), description="Instances.")
    max_runtime_in_seconds: int = Field(3600, ge=60, le=432_000, description="Seconds until the job is stopped (at most five days).")


class EvaluationSpec(ProcessingSpec):
    """The processing job that measures the model and writes the report the condition reads.

    It finds the model as /opt/ml/processing/input/model/model.tar.gz and writes into /opt/ml/processing/output/evaluation.
    """

    report: FilePath = Field("evaluation.json", description="File of the `evaluation` output with the metrics, as JSON.")


class Channel(DataSource):
    """One input channel of the training job, the folder /opt/ml/input/data/NAME."""

    content_type: _Mime | None = Field(None, description="MIME type of the data.")
    input_mode: Literal["File", "FastFile"] = Field("File", description="File: copied before the start. FastFile: streamed from S3.")


class MetricDefinition(Spec):
    """A number that SageMaker reads out of the log (API: MetricDefinition)."""

    name: str = Field(pattern=r"^.{1,255}$", description="Name of the metric.")
    regex: Annotated[Text, Field(min_length=1, max_length=500)] = Field(description="Expression whose first group is the value.")


class Spot(Spec):
    """Spot capacity: cheaper, interrupted at any time; the job goes on from its checkpoints."""

    max_wait_in_seconds: int = Field(
        ge=60, le=2_592_000, description="Seconds for waiting and training together; at least max_runtime_in_seconds."
    )


class TrainingStepSpec(Spec):
    """A training job in script mode."""

    program: FilePath = Field("train.py", description="Program in the source.")
    hyperparameters: dict[Annotated[str, Field(min_length=1, max_length=256)], Value] = Field(
        default_factory=dict, max_length=98, description="Hyperparameters: literals, or {parameter: NAME}."
    )
    channels: dict[ItemName, Channel] = Field(default_factory=dict, max_length=19, description="Input channels.")
    metric_definitions: Annotated[tuple[MetricDefinition, ...], Field(strict=False, max_length=40)] = Field(
        (), description="Metrics read from the log."
    )
    environment: dict[_Variable, Text | ParameterRef] = Field(default_factory=dict, max_length=100, description="Environment variables.")
    compute: Compute = Field(Compute(), description="Instances.")
    max_runtime_in_seconds: int = Field(86_400, ge=60, le=2_419_200, description="Seconds until the job is stopped (at most 28 days).")
    spot: Spot | None = Field(None, description="Train on spot capacity. Default: on demand.")
    checkpoints: bool = Field(False, description="Keep /opt/ml/checkpoints in S3, so that a job tried again goes on. Always so with spot.")

    @model_validator(mode="after")
    def _waits_long_enough(self) -> TrainingStepSpec:
        if self.spot is not None and self.spot.max_wait_in_seconds < self.max_runtime_in_seconds:
            raise ValueError(
                f"spot.max_wait_in_seconds ({self.spot.max_wait_in_seconds}) must not be less than "
                f"max_runtime_in_seconds ({self.max_runtime_in_seconds})"
            )
        return self

    @property
    def keeps_checkpoints(self) -> bool:
        """Whether /opt/ml/checkpoints is kept in S3."""
        return self.checkpoints or self.spot is not None


class NumberRange(Spec):
    """A range of a hyperparameter that is a number."""

    min_value: Annotated[float, Field(strict=False)] = Field(description="Smallest value tried.")
    max_value: Annotated[float, Field(strict=False)] = Field(description="Largest value tried.")
    scaling_type: Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"] = Field("Auto", description="How the range is searched.")
    integer: bool = Field(False, description="Whole numbers only.")

    @model_validator(mode="after")
    def _ordered(self) -> NumberRange:
        if self.min_value >= self.max_value:
            raise ValueError(f"min_value ({self.min_value}) must be less than max_value ({self.max_value})")
        if self.integer and not (self.min_value.is_integer() and self.max_value.is_integer()):
            raise ValueError("a range of whole numbers needs whole min_value and max_value")
        return self


class CategoryRange(Spec):
    """The values of a hyperparameter that is a choice."""

    values: Annotated[tuple[Text, ...], Field(strict=False, max_length=30), AtLeast(1)] = Field(description="Values tried.")


class TuningSpec(Spec):
    """Hyperparameter tuning: many training jobs instead of one; the best one's model goes on."""

    metric: str = Field(min_length=1, max_length=255, description="Name of one of the training step's metric_definitions.")
    goal: Literal["Maximize", "Minimize"] = Field("Maximize", description="What is better.")
    strategy: Literal["Bayesian", "Random"] = Field("Bayesian", description="How the next values are chosen.")
    ranges: dict[Annotated[str, Field(min_length=1, max_length=256)], NumberRange | CategoryRange] = Field(
        min_length=1, max_length=20, description="Hyperparameters to tune; they are left out of `training.hyperparameters`."
    )
    max_number_of_training_jobs: int = Field(10, ge=1, le=750, description="Training jobs in all.")
    max_parallel_training_jobs: int = Field(2, ge=1, le=100, description="Training jobs at a time.")
    early_stopping: Literal["Off", "Auto"] = Field("Auto", description="Auto: jobs that cannot win are stopped.")


class ConditionSpec(Spec):
    """What a model must reach to be registered."""

    metric: str = Field(
        pattern=r"^[A-Za-z0-9_\[\]'.-]{1,255}$", description="Path in the report, such as multiclass_classification_metrics.accuracy.value."
    )
    comparison: Literal["GreaterThanOrEqualTo", "LessThanOrEqualTo"] = Field(
        "GreaterThanOrEqualTo", description="How the metric must compare to the threshold."
    )
    threshold: Annotated[float, Field(strict=False)] | ParameterRef = Field(description="A number, or a Float or Integer parameter.")
    otherwise: Literal["end", "fail"] = Field(
        "end", description="What a model that misses it does to the execution. end: it succeeds and registers nothing. fail: it fails."
    )


class RegistrationSpec(Spec):
    """The model package that a good model becomes."""

    approval_status: Literal["PendingManualApproval", "Approved", "Rejected"] | ParameterRef = Field(
        "PendingManualApproval", description="Status of a new package, or a String parameter. Approved ones are delivered without a person."
    )
    description: Text = Field("", max_length=1024, description="Description of each package.")
    content_types: Annotated[tuple[_Mime, ...], Field(strict=False), AtLeast(1)] = Field(
        ("application/json",), description="MIME types the model takes."
    )
    response_mime_types: Annotated[tuple[_Mime, ...], Field(strict=False), AtLeast(1)] = Field(
        ("application/json",), description="MIME types it answers in."
    )
    realtime_inference_instance_types: Annotated[tuple[InstanceType, ...], Field(strict=False), AtLeast(1)] = Field(
        ("ml.m5.large",), description="Instance types for endpoints."
    )
    transform_instance_types: Annotated[tuple[InstanceType, ...], Field(strict=False), AtLeast(1)] = Field(
        ("ml.m5.large",), description="Instance types for batch transform."
    )
    customer_metadata: dict[Annotated[str, Field(pattern=r"^[\w.:/=+@ -]{1,128}$")], Annotated[Text, Field(max_length=256)]] = Field(
        default_factory=dict, max_length=48, description="Your own keys and values on each package."
    )


class BatchScoringSpec(Spec):
    """A batch transform job with the new model, after it is registered."""

    s3_uri: Uri | ParameterRef = Field(description="Records to score: S3 prefix or object, or a parameter that holds one.")
    content_type: _Mime = Field("text/csv", description="MIME type of the records.")
    accept: _Mime | None = Field(None, description="MIME type of the answers. Default: as the model chooses.")
    split_type: Literal["None", "Line", "RecordIO", "TFRecord"] = Field("Line", description="What separates records.")
    strategy: Literal["SingleRecord", "MultiRecord"] = Field("MultiRecord", description="Records in one request.")
    assemble_with: Literal["None", "Line"] = Field("Line", description="What separates answers.")
    input_filter: Text | None = Field(None, max_length=63, description="JSONPath of what the model gets of a record.")
    output_filter: Text | None = Field(None, max_length=63, description="JSONPath of what is kept.")
    join_source: Literal["None", "Input"] = Field("None", description="Input: each answer beside its record.")
    max_payload_in_mb: int = Field(6, ge=0, le=100, description="Largest request, MB.")
    max_concurrent_transforms: int = Field(1, ge=0, le=100, description="Requests at a time to each instance; 0: as SageMaker chooses.")
    compute: Compute = Field(Compute(), description="Instances. Batch transform has no volume size of its own.")

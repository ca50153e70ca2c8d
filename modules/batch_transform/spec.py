"""Options of batch transform jobs (API: CreateTransformJob), and of the schedule that starts them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from modules._shared.fields import LogRetention, PolicyArn
from modules._shared.naming import Naming
from modules._shared.spec import Spec
from modules.batch_transform.json_path import LONGEST, parse

LARGEST_MEGABYTES = 100
"""MaxPayloadInMB, and its product with MaxConcurrentTransforms (API: CreateTransformJob)."""
MOST_POLLS = 2000
"""Looks that one execution may take: Step Functions keeps 25,000 events of it, and a look adds eleven."""
_ROOM_FOR_ID = 37
"""A hyphen and a UUID: what makes the name of a job its own."""
_KEY_ARN = r"^arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$"
_MEDIA_TYPE = r"^[\x20-\x7e]+$"


def _known_filter(text: str) -> str:
    parse(text)
    return text


S3Uri = Annotated[str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s$%*]*)?$", max_length=1024)]
_Filter = Annotated[str, Field(max_length=LONGEST), AfterValidator(_known_filter)]


def job_prefix(naming: Naming, name: str) -> str:
    """What the names of all jobs of an entry begin with; with a hyphen and a UUID they fit into SageMaker's 63 characters."""
    return naming.name(name, max_length=63 - _ROOM_FOR_ID)


def schedule_name(naming: Naming, name: str) -> str:
    """Name of the state machine and of its schedule."""
    return naming.name(name, "batch")


def role_name(naming: Naming, name: str, kind: Literal["run", "start"]) -> str:
    """Name of the role of the state machine (run), or of the one that EventBridge Scheduler starts it with (IAM: 64 characters)."""
    return naming.name("batch", kind, name, max_length=64)


def log_group(naming: Naming, name: str) -> str:
    """Log group of the state machine. With this prefix CloudWatch needs no resource policy that grows with each one."""
    return f"/aws/vendedlogs/states/{schedule_name(naming, name)}"


class TransformInput(Spec):
    """What is scored."""

    s3_uri: S3Uri | None = Field(
        None, description="Prefix of the files, or the manifest. Default: `<name>/input/` in the bucket `storage.async_output`."
    )
    s3_data_type: Literal["S3Prefix", "ManifestFile"] = Field("S3Prefix", description="Whether s3_uri is a prefix or a manifest.")
    content_type: str = Field("text/csv", pattern=_MEDIA_TYPE, max_length=256, description="Media type that the model is told.")
    split_type: Literal["None", "Line", "RecordIO", "TFRecord"] = Field(
        "Line", description="How a file falls into records. None: a file is one request."
    )
    compression_type: Literal["None", "Gzip"] = Field("None", description="How files are packed.")
    kms_key_arn: Annotated[str, Field(pattern=_KEY_ARN)] | None = Field(
        None, description="Key of a bucket of your own; the model's role may then decrypt with it."
    )


class TransformOutput(Spec):
    """Where results go: one object `<file>.out` for each input file."""

    s3_output_path: S3Uri | None = Field(
        None, description="Prefix of the results. Default: `<name>/output/` in the bucket `storage.async_output`."
    )
    accept: str = Field("text/csv", pattern=_MEDIA_TYPE, max_length=256, description="Media type that the model is asked for.")
    assemble_with: Literal["None", "Line"] = Field(
        "Line", description="Line: each result ends with a line feed. None: results as they come."
    )
    kms_key_id: Annotated[str, Field(pattern=_KEY_ARN)] | None = Field(
        None, description="Key of a bucket of your own. Default: the bucket's."
    )


class DataProcessing(Spec):
    """Which part of a record the model gets, and what stands beside its answer. CSV and JSON only."""

    input_filter: _Filter = Field("$", description='JSONPath of what the model gets, such as "$[1:]" or "$.features".')
    output_filter: _Filter = Field(
        "$", description="JSONPath of what is kept of the (joined) result, such as \"$['id','SageMakerOutput']\"."
    )
    join_source: Literal["None", "Input"] = Field("None", description="Input: put the input beside the result.")


class ModelClientConfig(Spec):
    """How requests to the container are made."""

    invocations_timeout_in_seconds: int = Field(600, ge=1, le=3600, description="Seconds that a request may take.")
    invocations_max_retries: int = Field(3, ge=0, le=3, description="Times a request that failed is tried again.")


class TransformSettings(Spec):
    """One job. Left out, max_concurrent_transforms, max_payload_in_mb and batch_strategy are what the container advises by
    GET /execution-parameters, else 1, 6 and MultiRecord.
    """

    instance_type: str = Field(
        "ml.m5.large", pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9-]+$", description="Instance type of SageMaker batch transform."
    )
    instance_count: int = Field(1, ge=1, le=100, description="Instances; files are shared out among them.")
    max_concurrent_transforms: int | None = Field(None, ge=1, le=100, description="Requests at a time to each instance.")
    max_payload_in_mb: int | None = Field(
        None, ge=0, le=LARGEST_MEGABYTES, description="MB of a request at most; 0: no limit (HTTP chunks)."
    )
    batch_strategy: Literal["SingleRecord", "MultiRecord"] | None = Field(
        None, description="SingleRecord: a request for each record. MultiRecord: as many as max_payload_in_mb takes."
    )
    environment: dict[Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]{0,1023}$")], str] = Field(
        default_factory=dict, max_length=16, description="Further variables of the container, at most 16."
    )
    transform_input: TransformInput = Field(TransformInput(), description="What is scored.")
    transform_output: TransformOutput = Field(TransformOutput(), description="Where results go.")
    data_processing: DataProcessing = Field(DataProcessing(), description="Filters and join.")
    model_client_config: ModelClientConfig = Field(ModelClientConfig(), description="How the container is asked.")

    @model_validator(mode="after")
    def _fits(self) -> TransformSettings:
        megabytes, many = self.max_payload_in_mb, self.max_concurrent_transforms
        if megabytes and many and megabytes * many > LARGEST_MEGABYTES:
            raise ValueError(f"max_payload_in_mb {megabytes} times max_concurrent_transforms {many} is above {LARGEST_MEGABYTES} MB")
        if megabytes == 0 and self.transform_input.split_type != "None":
            raise ValueError("max_payload_in_mb: 0 sends whole files; it needs transform_input.split_type: None")
        return self

    @model_validator(mode="after")
    def _filters_fit(self) -> TransformSettings:
        kind = self.transform_input.content_type.partition(";")[0].strip().lower()
        if self.data_processing != DataProcessing() and kind != "text/csv" and "json" not in kind:
            raise ValueError(f"data_processing takes CSV and JSON only, not the content type {kind}")
        return self


class ScheduleSpec(Spec):
    """Jobs at fixed times: EventBridge Scheduler starts a state machine, which makes the job, waits for it and tries again."""

    expression: str = Field(pattern=r"^(cron|rate|at)\(.+\)$", max_length=256, description='Such as "cron(0 3 * * ? *)".')
    timezone: str = Field("UTC", pattern=r"^[A-Za-z0-9_+/-]+$", max_length=50, description="Time zone of a cron expression.")
    state: Literal["ENABLED", "DISABLED"] = Field("ENABLED", description="DISABLED: keep it, start nothing.")
    max_attempts: int = Field(2, ge=1, le=10, description="Jobs until one succeeds, before the failure is told.")
    poll_seconds: int = Field(120, ge=5, le=3600, description="Seconds between two looks at a running job.")
    timeout_in_hours: int = Field(24, ge=1, le=720, description="Hours after which a job is stopped and counts as failed.")
    log_retention_in_days: LogRetention = Field(365, description="Days the state machine's log is kept.")
    permissions_boundary: PolicyArn | None = Field(None, description="Permissions boundary of both roles.")

    @property
    def polls(self) -> int:
        """Looks at one job until its time is over."""
        return -(-self.timeout_in_hours * 3600 // self.poll_seconds)

    @model_validator(mode="after")
    def _fits_into_history(self) -> ScheduleSpec:
        looks = self.polls * self.max_attempts
        if looks > MOST_POLLS:
            jobs = f"{self.max_attempts} jobs of {self.timeout_in_hours} hours"
            raise ValueError(f"{jobs} would be looked at {looks} times; a state machine has room for {MOST_POLLS}: raise poll_seconds")
        return self


class BatchTransformHosting(Spec):
    """A model that scores files by batch transform jobs: nothing runs, and nothing costs, between two jobs."""

    kind: Literal["batch_transform"] = Field(description="Batch transform jobs: no endpoint.")


class BatchTransformConfig(Spec):
    """A model that scores files by batch transform jobs, started by `slipway batch` or by a schedule."""

    hosting: BatchTransformHosting = Field(description="Batch transform jobs: no endpoint.")
    model: str = Field(description="Key of the model in `models`; one of kind single or pipeline.")
    transform: TransformSettings = Field(TransformSettings(), description="Settings of the jobs.")
    schedule: ScheduleSpec | None = Field(None, description="Jobs at fixed times. Default: only `slipway batch` starts one.")


def input_uri(settings: TransformSettings, name: str, bucket: str) -> str:
    """Where the input lies; `bucket` is the environment's for asynchronous data."""
    return settings.transform_input.s3_uri or f"s3://{bucket}/{name}/input/"


def output_uri(settings: TransformSettings, name: str, bucket: str) -> str:
    """Where results go."""
    return settings.transform_output.s3_output_path or f"s3://{bucket}/{name}/output/"


def request(settings: TransformSettings, *, model_name: Any, input_uri: str, output_uri: str) -> dict[str, Any]:
    """The members of CreateTransformJob besides its name and tags. What is left open stays open for the container to advise."""
    source, target, data = settings.transform_input, settings.transform_output, settings.data_processing
    client = settings.model_client_config
    found: dict[str, Any] = {
        "ModelName": model_name,
        "MaxConcurrentTransforms": settings.max_concurrent_transforms,
        "MaxPayloadInMB": settings.max_payload_in_mb,
        "BatchStrategy": settings.batch_strategy,
        "Environment": dict(settings.environment) or None,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": source.s3_data_type, "S3Uri": input_uri}},
            "ContentType": source.content_type,
            "SplitType": source.split_type,
            "CompressionType": source.compression_type,
        },
        "TransformOutput": {"S3OutputPath": output_uri, "Accept": target.accept, "AssembleWith": target.assemble_with},
        "TransformResources": {"InstanceType": settings.instance_type, "InstanceCount": settings.instance_count},
        "DataProcessing": {"InputFilter": data.input_filter, "OutputFilter": data.output_filter, "JoinSource": data.join_source},
        "ModelClientConfig": {
            "InvocationsTimeoutInSeconds": client.invocations_timeout_in_seconds,
            "InvocationsMaxRetries": client.invocations_max_retries,
        },
    }
    if target.kms_key_id:
        found["TransformOutput"]["KmsKeyId"] = target.kms_key_id
    if data == DataProcessing():
        del found["DataProcessing"]
    return {name: value for name, value in found.items() if value is not None}

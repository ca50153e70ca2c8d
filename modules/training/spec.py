"""Options of the `training` module."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from modules._shared.fields import LogRetention, PolicyArn, PrincipalArn
from modules._shared.naming import Naming
from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec
from modules.training.fields import NAME_PATTERN, ParameterName, Text
from modules.training.parameters import ParameterSpec
from modules.training.steps import (
    BatchScoringSpec,
    ConditionSpec,
    EvaluationSpec,
    ProcessingSpec,
    RegistrationSpec,
    TrainingStepSpec,
    TuningSpec,
)

MAX_POLLS = 2000
"""Looks of a state machine at one execution: eleven events of its history each, of which there may be 25,000."""
Key = Annotated[str, Field(pattern=NAME_PATTERN)]
_Email = Annotated[str, Field(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$", max_length=254)]


def _stays_inside(pattern: str) -> str:
    if ".." in pattern.split("/"):
        raise ValueError("a pattern cannot lead out of the folder")
    return pattern


_Pattern = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.*?-][A-Za-z0-9_.*?/-]*$", max_length=255), AfterValidator(_stays_inside)]


def pipeline_name(naming: Naming, key: str) -> str:
    """Name of the SageMaker pipeline, of its state machine, its rule and its schedule (Scheduler: at most 64 characters)."""
    return naming.name(key, "training")


def role_name(naming: Naming, key: str) -> str:
    """Name of the role that the pipeline and its jobs run with (IAM: at most 64 characters)."""
    return naming.name("training", "jobs", key, max_length=64)


def package_group_name(naming: Naming, model: str) -> str:
    """Name of the model package group that versions of a model are registered in."""
    return naming.name(model)


def runs_role_name(naming: Naming, key: str) -> str:
    """Name of the state machine's role."""
    return naming.name("training", "runs", key, max_length=64)


def trigger_role_name(naming: Naming, key: str) -> str:
    """Name of the role with which EventBridge starts the state machine."""
    return naming.name("training", "start", key, max_length=64)


def topic_name(naming: Naming) -> str:
    """Name of the SNS topic that is told of executions that failed."""
    return naming.name("training")


def log_group(naming: Naming, key: str) -> str:
    """Log group of the state machine. With this prefix CloudWatch needs no resource policy that grows with each one."""
    return f"/aws/vendedlogs/states/{pipeline_name(naming, key)}"


class SourceSpec(Spec):
    """Programs and small data that the deploy uploads, under a prefix named after their content."""

    dir: str = Field(min_length=1, max_length=255, description="Folder, relative to the project.")
    include: Annotated[tuple[_Pattern, ...], Field(strict=False), AtLeast(1)] = Field(
        ("*.py",), description="Patterns of the files that belong to it, relative to the folder; ** crosses folders."
    )


class RetryPolicy(Spec):
    """When SageMaker tries a step again (pipeline definition: RetryPolicies)."""

    exception_type: Annotated[
        tuple[
            Literal[
                "Step.SERVICE_FAULT",
                "Step.THROTTLING",
                "SageMaker.JOB_INTERNAL_ERROR",
                "SageMaker.CAPACITY_ERROR",
                "SageMaker.RESOURCE_LIMIT",
            ],
            ...,
        ],
        Field(strict=False),
        AtLeast(1),
    ] = Field(description="What went wrong.")
    interval_seconds: int = Field(30, ge=1, le=3600, description="Seconds before the first try again.")
    backoff_rate: Annotated[float, Field(strict=False, ge=1, le=10)] = Field(2.0, description="Factor for each further wait.")
    max_attempts: int = Field(3, ge=1, le=20, description="Tries again.")


DEFAULT_RETRIES = (
    RetryPolicy(exception_type=("Step.SERVICE_FAULT", "Step.THROTTLING")),
    RetryPolicy(exception_type=("SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR"), interval_seconds=120),
)


class PipelineScheduleSpec(Spec):
    """Executions at fixed times, by EventBridge Scheduler."""

    expression: str = Field(pattern=r"^(cron|rate|at)\(.+\)$", max_length=256, description='Such as "cron(0 3 ? * SUN *)".')
    timezone: str = Field("UTC", pattern=r"^[A-Za-z0-9_+/-]+$", max_length=50, description="Time zone of a cron expression.")
    parameters: dict[ParameterName, Text] = Field(default_factory=dict, description="Values of parameters, as text.")


class ArrivalSpec(Spec):
    """An execution for each object that arrives in the training bucket."""

    prefix: str = Field(
        pattern=r"^[A-Za-z0-9!_.*'()/=-]+$", max_length=512, description="Objects whose key begins so, such as incoming/wine/."
    )
    suffix: str = Field("", pattern=r"^[A-Za-z0-9_.-]*$", max_length=64, description="And ends so, such as .csv. Default: any end.")
    parameter: ParameterName = Field(description="String parameter that is given the object's S3 address.")


class TriggersSpec(Spec):
    """What starts executions besides people. Each goes through a state machine that follows it and tells of failure."""

    schedule: PipelineScheduleSpec | None = Field(None, description="At fixed times. Default: never.")
    arrival: ArrivalSpec | None = Field(None, description="When data arrives. Default: never.")
    poll_seconds: int = Field(60, ge=5, le=3600, description="Seconds between two looks at a running execution.")
    timeout_in_hours: int = Field(24, ge=1, le=720, description="Hours after which an execution that still runs counts as failed.")
    log_retention_in_days: LogRetention = Field(365, description="Days the state machine's log is kept.")

    @property
    def polls(self) -> int:
        """Looks at one execution."""
        return self.timeout_in_hours * 3600 // self.poll_seconds

    @model_validator(mode="after")
    def _fits_into_history(self) -> TriggersSpec:
        if self.schedule is None and self.arrival is None:
            raise ValueError("triggers needs a schedule, an arrival, or both")
        if self.polls > MAX_POLLS:
            raise ValueError(
                f"{self.timeout_in_hours} h at one look every {self.poll_seconds} s are {self.polls} looks; the state machine's "
                f"history takes {MAX_POLLS}: look less often"
            )
        return self


class PackageGroupSpec(Spec):
    """Who else may look at the model package group. The account's own people and roles need IAM permissions as ever."""

    readers: Annotated[tuple[PrincipalArn, ...], Field(strict=False)] = Field(
        (), description="Accounts (root), roles or users, also of other accounts, that may read packages."
    )
    approvers: Annotated[tuple[PrincipalArn, ...], Field(strict=False)] = Field(
        (), description="The only roles or users that may change an approval. Default: whoever IAM lets."
    )


class PipelineSpec(Spec):
    """One SageMaker pipeline: [prepare] -> train or tune -> evaluate -> register if good enough [-> score a batch]."""

    model: Key | None = Field(None, description="Key of the model in `models` that packages are for. Default: the pipeline's own key.")
    image: str = Field("training", min_length=1, description="Key of `registries`: the training container, pinned in the lock's `images`.")
    inference_image: str | None = Field(
        None, min_length=1, description="Key of `registries`: the container that packages run in. Default: the model's."
    )
    source: SourceSpec = Field(description="Programs of the steps.")
    parameters: dict[ParameterName, ParameterSpec] = Field(default_factory=dict, max_length=200, description="What an execution may set.")
    processing: ProcessingSpec | None = Field(None, description="Prepares data. Default: no such step.")
    training: TrainingStepSpec = Field(TrainingStepSpec(), description="Trains the model.")
    tuning: TuningSpec | None = Field(None, description="Trains many and takes the best. Default: one training job.")
    evaluation: EvaluationSpec = Field(description="Measures the model.")
    condition: ConditionSpec = Field(description="What it must reach.")
    registration: RegistrationSpec = Field(RegistrationSpec(), description="The package it becomes.")
    batch_scoring: BatchScoringSpec | None = Field(None, description="Scores a batch with the new model. Default: no such step.")
    cache_expire_after: str | None = Field(
        None,
        pattern=r"^P([0-9]+[YMWD])*(T([0-9]+[HM])+)?$",
        min_length=3,
        description="Reuse results of steps up to this old, such as P30D. Default: never.",
    )
    retry_policies: Annotated[tuple[RetryPolicy, ...], Field(strict=False)] = Field(
        DEFAULT_RETRIES, description="When a step is tried again."
    )
    experiment: Annotated[str, Field(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}$")] | None = Field(
        None, description="SageMaker experiment that executions are trials of. Default: called like the pipeline."
    )
    max_parallel_execution_steps: int | None = Field(None, ge=1, le=100, description="Steps at a time. Default: as many as can run.")
    enable_network_isolation: bool = Field(True, description="No network calls in or out of the jobs' containers.")
    enable_inter_container_traffic_encryption: bool = Field(True, description="Encrypt traffic between the instances of a job.")
    network: Literal["private"] | None = Field(None, description="private: jobs in the environment's own `network`. Default: none.")
    triggers: TriggersSpec | None = Field(None, description="Schedule and arrival of data. Default: none.")
    permissions_boundary: PolicyArn | None = Field(None, description="Permissions boundary of the pipeline's roles.")

    def model_key(self, key: str) -> str:
        """Key of the model that the pipeline `key` registers packages of."""
        return self.model or key


class TrainingSpec(Spec):
    """Pipelines that train, evaluate and register models; their registry, and who is told of failure."""

    pipelines: dict[Key, PipelineSpec] = Field(min_length=1, description="Pipelines, by name.")
    registry: PackageGroupSpec = Field(PackageGroupSpec(), description="Model package groups, one for each model.")
    email: Annotated[tuple[_Email, ...], Field(strict=False)] = Field(
        (), description="Mail addresses told of triggered executions that failed; each confirms once by the link it is sent."
    )

    def model_keys(self) -> list[str]:
        """Keys of the models that have a package group, sorted."""
        return sorted({spec.model_key(key) for key, spec in self.pipelines.items()})

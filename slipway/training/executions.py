"""Executions of an environment's training pipelines: start, follow step by step, stop, try again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from slipway.artifacts.account import Account, error_code, explain
from slipway.errors import InputError
from slipway.training.parameters import check_parameters

FINAL = ("Succeeded", "Failed", "Stopped")
_GROUPS = {
    "TrainingJob": "/aws/sagemaker/TrainingJobs",
    "ProcessingJob": "/aws/sagemaker/ProcessingJobs",
    "TransformJob": "/aws/sagemaker/TransformJobs",
    "TuningJob": "/aws/sagemaker/TrainingJobs",
}
TAIL_LINES = 20


@dataclass(frozen=True)
class Step:
    """A step that has begun. `seconds` until its end. `metrics`: of a training job. `log`: the last lines of a failed one."""

    name: str
    type: str
    status: str
    arn: str = ""
    seconds: float | None = None
    attempts: int = 0
    cached: bool = False
    outcome: str = ""
    failure: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    log: tuple[str, ...] = ()

    @property
    def job(self) -> str:
        """Name of its job, empty when it has none."""
        return self.arn.rpartition("/")[2] if ":model-package/" not in self.arn else ""


@dataclass(frozen=True)
class Execution:
    """An execution as it is now. `seconds` from its start to its end, None while it runs."""

    environment: str
    pipeline: str
    arn: str
    status: str
    failure: str = ""
    seconds: float | None = None
    steps: tuple[Step, ...] = ()

    @property
    def id(self) -> str:
        """PipelineExecutionId."""
        return self.arn.rpartition("/")[2]

    @property
    def package_arn(self) -> str:
        """ARN of the model package it registered, empty when it registered none."""
        return next((step.arn for step in self.steps if step.type == "RegisterModel" and step.status == "Succeeded"), "")

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {**asdict(self), "id": self.id, "package_arn": self.package_arn}


@dataclass(frozen=True)
class Pipeline:
    """A training pipeline of the environment, as it is deployed."""

    account: Account
    key: str
    name: str
    definition: dict[str, Any]

    def start(self, parameters: Mapping[str, str]) -> str:
        """ARN of a new execution. InputError for parameters that the definition does not have, or that are of another type."""
        check_parameters(self.key, self.definition, parameters)
        given = [{"Name": name, "Value": value} for name, value in parameters.items()]
        answer = self.account.client("sagemaker").start_pipeline_execution(
            PipelineName=self.name, PipelineParameters=given, ClientRequestToken=uuid.uuid4().hex
        )
        return str(answer["PipelineExecutionArn"])

    def execution_arn(self, named: str) -> str:
        """ARN of an execution by its id, its ARN, or `last`. InputError when there is none."""
        found = self.account.client("sagemaker").list_pipeline_executions(PipelineName=self.name, SortOrder="Descending")
        arns = [item["PipelineExecutionArn"] for item in found["PipelineExecutionSummaries"]]
        chosen = arns[:1] if named == "last" else [arn for arn in arns if named in (arn, arn.rpartition("/")[2])]
        if not chosen:
            raise InputError(f"pipeline {self.key} has no execution {named}", fix=f"executions there: {', '.join(_ids(arns)) or 'none'}")
        return str(chosen[0])

    def stop(self, arn: str) -> None:
        """Ask SageMaker to stop an execution. SlipwayError when it has ended."""
        self._call("stop_pipeline_execution", arn)

    def retry(self, arn: str) -> None:
        """Run again what failed or was stopped. SlipwayError when nothing did."""
        self._call("retry_pipeline_execution", arn)

    def look(self, arn: str) -> Execution:
        """The execution as it is now, without the logs of failed steps."""
        client = self.account.client("sagemaker")
        found = client.describe_pipeline_execution(PipelineExecutionArn=arn)
        pages = client.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=arn, SortOrder="Ascending")
        types = step_types(self.definition["Steps"])
        steps = tuple(_step(item, types.get(item["StepName"], "")) for page in pages for item in page["PipelineExecutionSteps"])
        ended = found["PipelineExecutionStatus"] in FINAL
        seconds = _seconds(found["CreationTime"], found["LastModifiedTime"]) if ended else None
        config = self.account.config
        return Execution(config.name, self.key, arn, found["PipelineExecutionStatus"], found.get("FailureReason", ""), seconds, steps)

    def metrics(self, step: Step) -> dict[str, float]:
        """Final metrics of a training step's job, of a tuning step's best one; nothing for other steps."""
        client = self.account.client("sagemaker")
        if step.type == "Training" and step.job:
            found = client.describe_training_job(TrainingJobName=step.job).get("FinalMetricDataList", [])
            return {item["MetricName"]: float(item["Value"]) for item in found}
        if step.type == "Tuning" and step.job:
            best = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=step.job).get("BestTrainingJob", {})
            metric = best.get("FinalHyperParameterTuningJobObjectiveMetric")
            return {metric["MetricName"]: float(metric["Value"])} if metric else {}
        return {}

    def progress(self, step: Step) -> str:
        """How far a running step's job is: a training job's secondary status, how many jobs a tuning job has done; else empty."""
        client = self.account.client("sagemaker")
        if step.type == "Training" and step.job:
            return str(client.describe_training_job(TrainingJobName=step.job)["SecondaryStatus"])
        if step.type == "Tuning" and step.job:
            found = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=step.job)
            counted, limits = found["TrainingJobStatusCounters"], found["HyperParameterTuningJobConfig"]["ResourceLimits"]
            done = sum(counted.get(name, 0) for name in ("Completed", "NonRetryableError", "Stopped"))
            return f"training jobs: {done} of {limits.get('MaxNumberOfTrainingJobs', 'any number')} have ended"
        return ""

    def log_tail(self, step: Step, lines: int = TAIL_LINES) -> tuple[str, ...]:
        """The last lines that a step's job logged; none when it logged nothing."""
        return tuple(self.log(step))[-lines:]

    def log(self, step: Step) -> Iterator[str]:
        """All lines that a step's job logged, oldest first."""
        from botocore.exceptions import ClientError

        kind = {"Training": "TrainingJob", "Processing": "ProcessingJob", "Transform": "TransformJob", "Tuning": "TuningJob"}.get(step.type)
        if kind is None or not step.job:
            return
        prefix = step.job if kind == "TuningJob" else f"{step.job}/"
        options = {"logGroupName": _GROUPS[kind], "logStreamNamePrefix": prefix}
        try:
            for page in self.account.client("logs").get_paginator("filter_log_events").paginate(**options):
                # The local AWS does not look at logStreamNamePrefix.
                yield from (event["message"] for event in page["events"] if event["logStreamName"].startswith(prefix))
        except ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise explain(error, f"cannot read {_GROUPS[kind]}", self.account) from None

    def _call(self, action: str, arn: str) -> None:
        from botocore.exceptions import ClientError

        try:
            getattr(self.account.client("sagemaker"), action)(PipelineExecutionArn=arn, ClientRequestToken=uuid.uuid4().hex)
        except ClientError as error:
            raise explain(error, f"{action.partition('_')[0]} of execution {arn.rpartition('/')[2]}", self.account) from None


def step_types(steps: list[dict[str, Any]]) -> dict[str, str]:
    """Type of every step, those of both branches of a condition too."""
    found = {}
    for step in steps:
        found[step["Name"]] = step["Type"]
        if step["Type"] == "Condition":
            found |= step_types([*step["Arguments"].get("IfSteps", []), *step["Arguments"].get("ElseSteps", [])])
    return found


def _step(item: dict[str, Any], kind: str) -> Step:
    metadata: dict[str, Any] = next(iter(item.get("Metadata", {}).values()), {})
    return Step(
        item["StepName"],
        kind,
        item["StepStatus"],
        arn=metadata.get("Arn", ""),
        seconds=_seconds(item["StartTime"], item["EndTime"]) if "EndTime" in item and "StartTime" in item else None,
        attempts=item.get("AttemptCount", 0),
        cached="CacheHitResult" in item,
        outcome=str(metadata.get("Outcome", "")),
        failure=item.get("FailureReason", ""),
    )


def _seconds(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds(), 3)


def _ids(arns: list[str]) -> list[str]:
    return [arn.rpartition("/")[2] for arn in arns[:10]]

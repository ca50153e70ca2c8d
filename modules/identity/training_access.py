"""What deploying, planning and starting training pipelines calls. Pure: loads no toolkit."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules.identity.access import Access, actions, prefix
from modules.identity.common_actions import CHANGE_LOG_GROUP, CHANGE_ROLE, CHANGE_ROLE_POLICY
from modules.identity.role_access import READ_ROLE
from modules.identity.shared_access import use_stack_key
from modules.identity.statements import bucket_arn

_CHANGE_TAGS = ("TagResource", "UntagResource")
_PASSED = {
    "jobs": ["sagemaker.amazonaws.com"],
    "runs": ["states.amazonaws.com"],
    "start": ["events.amazonaws.com", "scheduler.amazonaws.com"],
}
"""Kind of a pipeline's role -> what it is passed to."""


def training(naming: Naming, bucket: str, boundary: str | None = None) -> list[Access]:
    """Rows of the training stack; its topic is a row of the serving stack, its bucket one of the shared. With `boundary`, its
    roles cannot be made without it.
    """
    return [
        *_pipelines(naming),
        *_packages(naming),
        *_data(naming, bucket),
        *_roles(naming, boundary),
        *_triggers(naming),
    ]


def _pipelines(naming: Naming) -> list[Access]:
    arn = naming.arn("sagemaker", f"pipeline/{prefix(naming)}*")
    follow = ("DescribePipelineExecution", "ListPipelineExecutionSteps", "ListPipelineExecutions")
    change = ("AddTags", "CreatePipeline", "DeletePipeline", "DeleteTags", "UpdatePipeline")
    run = ("RetryPipelineExecution", "StartPipelineExecution", "StopPipelineExecution")
    jobs = tuple(naming.arn("sagemaker", name) for name in ("training-job/pipelines-*", "hyper-parameter-tuning-job/*"))
    logs = tuple(naming.arn("logs", f"log-group:/aws/sagemaker/{kind}Jobs:*") for kind in ("Processing", "Training", "Transform"))
    return [
        Access(
            "TrainingPipelines",
            (arn, f"{arn}/execution/*"),
            plan=actions("sagemaker", "DescribePipeline", "ListTags", *follow),
            deploy=actions("sagemaker", *change, *run),
        ),
        Access("TrainingJobs", jobs, plan=actions("sagemaker", "DescribeHyperParameterTuningJob", "DescribeTrainingJob")),
        Access("JobLogs", logs, plan=actions("logs", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents")),
    ]


def _packages(naming: Naming) -> list[Access]:
    """Groups, their policies, and what is approved in them."""
    groups = naming.arn("sagemaker", f"model-package-group/{prefix(naming)}*")
    packages = naming.arn("sagemaker", f"model-package/{prefix(naming)}*")
    read = ("DescribeModelPackage", "DescribeModelPackageGroup", "GetModelPackageGroupPolicy", "ListModelPackages", "ListTags")
    change = (
        "AddTags",
        "CreateModelPackageGroup",
        "DeleteModelPackage",
        "DeleteModelPackageGroup",
        "DeleteModelPackageGroupPolicy",
        "DeleteTags",
        "PutModelPackageGroupPolicy",
        "UpdateModelPackage",
    )
    return [Access("ModelPackages", (groups, packages), plan=actions("sagemaker", *read), deploy=actions("sagemaker", *change))]


def _data(naming: Naming, bucket: str) -> list[Access]:
    """Sources are uploaded by the deploy; results are read, to release what was trained."""
    source, results = bucket_arn(naming, bucket, "/source/*"), bucket_arn(naming, bucket, "/runs/*")
    return [
        Access(
            "Sources",
            (source,),
            plan=actions("s3", "GetObject", "GetObjectTagging"),
            deploy=actions("s3", "DeleteObject", "DeleteObjectVersion", "PutObject"),
        ),
        # The provider removes an object of a versioned bucket version by version.
        Access("SourceVersions", (bucket_arn(naming, bucket),), deploy=actions("s3", "ListBucketVersions")),
        Access("Trained", (results,), deploy=actions("s3", "GetObject")),
        use_stack_key(naming, "training", "TrainingKey"),
    ]


def _roles(naming: Naming, boundary: str | None) -> list[Access]:
    every = (naming.arn("iam", f"role/{prefix(naming)}training-*", region=False),)
    bounded: dict[str, Any] = {"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else {}
    return [
        Access("TrainingRoles", every, plan=READ_ROLE, deploy=actions("iam", *CHANGE_ROLE)),
        Access("TrainingPolicies", every, deploy=actions("iam", *CHANGE_ROLE_POLICY), condition=bounded),
        *(_pass(naming, kind, services) for kind, services in _PASSED.items()),
    ]


def _pass(naming: Naming, kind: str, services: list[str]) -> Access:
    roles = (naming.arn("iam", f"role/{prefix(naming)}training-{kind}-*", region=False),)
    condition = {"StringEquals": {"iam:PassedToService": services[0] if len(services) == 1 else services}}
    return Access(f"PassTraining{kind.title()}", roles, deploy=actions("iam", "PassRole"), condition=condition)


def _triggers(naming: Naming) -> list[Access]:
    machines, runs = (naming.arn("states", f"{kind}:{prefix(naming)}*") for kind in ("stateMachine", "execution"))
    read = ("DescribeExecution", "DescribeStateMachine", "ListStateMachineVersions", "ListTagsForResource")
    change = ("CreateStateMachine", "DeleteStateMachine", "UpdateStateMachine", *_CHANGE_TAGS)
    rule, schedule = naming.arn("events", f"rule/{prefix(naming)}*"), naming.arn("scheduler", f"schedule/default/{prefix(naming)}*")
    change_rule = actions("events", "DeleteRule", "PutRule", "PutTargets", "RemoveTargets", *_CHANGE_TAGS)
    group = naming.arn("logs", f"log-group:/aws/vendedlogs/states/{prefix(naming)}*")
    return [
        Access("TrainingRuns", (machines, runs), plan=actions("states", *read), deploy=actions("states", *change)),
        Access("CheckTrainingRuns", ("*",), plan=actions("states", "ValidateStateMachineDefinition")),
        Access(
            "TrainingRules", (rule,), plan=actions("events", "DescribeRule", "ListTagsForResource", "ListTargetsByRule"), deploy=change_rule
        ),
        Access(
            "TrainingSchedules",
            (schedule,),
            plan=actions("scheduler", "GetSchedule"),
            deploy=actions("scheduler", "CreateSchedule", "DeleteSchedule", "UpdateSchedule"),
        ),
        Access(
            "TrainingRunLogs",
            (group, f"{group}:*"),
            plan=actions("logs", "FilterLogEvents", "ListTagsForResource"),
            deploy=actions("logs", *CHANGE_LOG_GROUP),
        ),
    ]

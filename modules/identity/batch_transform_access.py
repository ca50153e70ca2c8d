"""What deploying batch transforms, planning them, and starting a job calls. Pure: loads no toolkit."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules.identity.access import Access, actions, prefix
from modules.identity.common_actions import CHANGE_LOG_GROUP, CHANGE_ROLE, CHANGE_ROLE_POLICY
from modules.identity.role_access import READ_ROLE
from modules.identity.shared_access import use_stack_key
from modules.identity.statements import bucket_arn

_READ_MACHINE = ("DescribeStateMachine", "ListStateMachineVersions", "ListTagsForResource")
_CHANGE_MACHINE = ("CreateStateMachine", "DeleteStateMachine", "TagResource", "UntagResource", "UpdateStateMachine")


def batch_transform(naming: Naming, bucket: str, boundary: str | None = None) -> list[Access]:
    """Rows of the entries of kind batch_transform; parameters are rows of the serving stack. `bucket`: where input and output lie
    by default. With `boundary`, the roles of schedules cannot be made without it.
    """
    machines = (naming.arn("states", f"stateMachine:{prefix(naming)}*"),)
    schedules = (naming.arn("scheduler", f"schedule/default/{prefix(naming)}*"),)
    group = naming.arn("logs", f"log-group:/aws/vendedlogs/states/{prefix(naming)}*")
    return [
        Access("BatchMachines", machines, plan=actions("states", *_READ_MACHINE), deploy=actions("states", *_CHANGE_MACHINE)),
        Access("CheckBatchMachines", ("*",), plan=actions("states", "ValidateStateMachineDefinition")),
        Access(
            "BatchSchedules",
            schedules,
            plan=actions("scheduler", "GetSchedule"),
            deploy=actions("scheduler", "CreateSchedule", "DeleteSchedule", "UpdateSchedule"),
        ),
        Access("BatchLogs", (group, f"{group}:*"), plan=actions("logs", "ListTagsForResource"), deploy=actions("logs", *CHANGE_LOG_GROUP)),
        *_roles(naming, boundary),
        *_jobs(naming, bucket),
        use_stack_key(naming, "inference", "BatchKey"),
    ]


def _roles(naming: Naming, boundary: str | None) -> list[Access]:
    roles = (naming.arn("iam", f"role/{prefix(naming)}batch-*", region=False),)
    bounded: dict[str, Any] = {"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else {}
    passed = {"StringEquals": {"iam:PassedToService": ["scheduler.amazonaws.com", "states.amazonaws.com"]}}
    return [
        Access("BatchRoles", roles, plan=READ_ROLE, deploy=actions("iam", *CHANGE_ROLE)),
        Access("BatchRolePolicies", roles, deploy=actions("iam", *CHANGE_ROLE_POLICY), condition=bounded),
        Access("PassBatchRoles", roles, deploy=actions("iam", "PassRole"), condition=passed),
    ]


def _jobs(naming: Naming, bucket: str) -> list[Access]:
    """`slipway batch`: start, follow and stop a job, compare output with input, look a second time at what failed."""
    data = tuple(bucket_arn(naming, bucket, f"/*/{kind}/*") for kind in ("input", "output"))
    jobs = (naming.arn("sagemaker", f"transform-job/{prefix(naming)}*"),)
    logs = naming.arn("logs", "log-group:/aws/sagemaker/TransformJobs")
    return [
        Access(
            "TransformJobs",
            jobs,
            plan=actions("sagemaker", "DescribeTransformJob", "ListTags"),
            deploy=actions("sagemaker", "AddTags", "CreateTransformJob", "StopTransformJob"),
        ),
        Access("TransformLogs", (f"{logs}:*",), plan=actions("logs", "FilterLogEvents")),
        Access("TransformData", data, deploy=actions("s3", "DeleteObject", "GetObject", "PutObject")),
        Access("TransformListing", ("*",), plan=actions("sagemaker", "ListModels")),
    ]

"""Batch transform jobs: their settings where others find them, and the schedule that starts them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.key_policy import document
from modules._shared.log_group import encrypted_log_group
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules._shared.statements import Statement
from modules.batch_transform import policy
from modules.batch_transform.spec import (
    BatchTransformConfig,
    ScheduleSpec,
    input_uri,
    job_prefix,
    log_group,
    output_uri,
    request,
    role_name,
    schedule_name,
)
from modules.batch_transform.state_machine import definition_text


@dataclass(frozen=True)
class BatchTransformRefs:
    """What others provide.

    `bucket`: where input and output lie by default. `kms_key_arn` encrypts the schedule, `logs_kms_key_arn` the log group. `topic_arn` is
    told when no job succeeded, its messages are encrypted with `topic_kms_key_arn`; both empty: nobody is told.
    """

    model_name: str
    bucket: str
    kms_key_arn: str
    logs_kms_key_arn: str
    topic_arn: str = ""
    topic_kms_key_arn: str = ""


@dataclass(frozen=True)
class BatchTransformOutputs:
    """What starting and finding jobs needs."""

    job_prefix: str = output("What the names of jobs begin with.")
    input_uri: str = output("S3 prefix, or manifest, of what is scored.")
    output_uri: str = output("S3 prefix of the results.")
    parameter_name: str = output("SSM parameter with the settings of a job, as CreateTransformJob takes them.")
    state_machine_arn: str | None = output("ARN of the state machine of scheduled jobs; absent without a schedule.")


class BatchTransform(Construct):
    """The jobs `project-environment-<name>-<uuid>` of one model."""

    def __init__(
        self, scope: Construct, id: str, *, naming: Naming, name: str, spec: BatchTransformConfig, refs: BatchTransformRefs
    ) -> None:
        super().__init__(scope, id)
        self._naming, self._name, self._spec, self._refs = naming, name, spec, refs
        source, target = input_uri(spec.transform, name, refs.bucket), output_uri(spec.transform, name, refs.bucket)
        self._request = request(spec.transform, model_name=refs.model_name, input_uri=source, output_uri=target)
        parameter = self._create_parameter()
        machine = self._create_schedule(spec.schedule) if spec.schedule is not None else None
        self.outputs = BatchTransformOutputs(job_prefix(naming, name), source, target, parameter.name, machine.arn if machine else None)

    def _create_parameter(self) -> Any:
        """For those who start jobs by other means than Slipway."""
        return aws.ssm_parameter.SsmParameter(
            self,
            "parameter",
            name=self._naming.parameter("endpoints", self._name, "transform"),
            description=f"CreateTransformJob of {job_prefix(self._naming, self._name)}, without the job's name",
            type="String",
            value=json.dumps(self._request, separators=(",", ":"), sort_keys=True),
        )

    def _create_schedule(self, spec: ScheduleSpec) -> Any:
        machine = self._create_machine(spec, self._create_log_group(spec))
        statements = policy.start_statements(self._naming, self._name, kms_key_arn=self._refs.kms_key_arn)
        role_arn = self._role("start", policy.start_trust(self._naming), statements, spec)
        aws.scheduler_schedule.SchedulerSchedule(
            self,
            "schedule",
            name=schedule_name(self._naming, self._name),
            schedule_expression=spec.expression,
            schedule_expression_timezone=spec.timezone,
            state=spec.state,
            flexible_time_window={"mode": "OFF"},
            kms_key_arn=self._refs.kms_key_arn,
            target={
                "arn": machine.arn,
                "role_arn": role_arn,
                "input": "{}",
                "retry_policy": {"maximum_retry_attempts": 5, "maximum_event_age_in_seconds": 3600},
            },
        )
        return machine

    def _create_log_group(self, spec: ScheduleSpec) -> Any:
        return encrypted_log_group(self, log_group(self._naming, self._name), spec.log_retention_in_days, self._refs.logs_kms_key_arn)

    def _create_machine(self, spec: ScheduleSpec, logs: Any) -> Any:
        naming, name, refs = self._naming, self._name, self._refs
        tags = {**naming.tags, "project": naming.project, "environment": naming.environment}
        statements = policy.run_statements(naming, name, topic_arn=refs.topic_arn, topic_key_arn=refs.topic_kms_key_arn)
        return aws.sfn_state_machine.SfnStateMachine(
            self,
            "state_machine",
            name=schedule_name(naming, name),
            type="STANDARD",
            definition=definition_text(job_prefix(naming, name), spec, self._request, tags, refs.topic_arn, naming.partition),
            role_arn=self._role("run", policy.run_trust(naming, name), statements, spec),
            logging_configuration={"level": "ALL", "include_execution_data": True, "log_destination": f"{logs.arn}:*"},
            tracing_configuration={"enabled": True},
        )

    def _role(self, kind: Any, trusted: list[Statement], statements: list[Statement], spec: ScheduleSpec) -> str:
        """The role's ARN, read back from its policy, so that nothing uses it before it may do anything."""
        role = aws.iam_role.IamRole(
            self,
            kind,
            name=role_name(self._naming, self._name, kind),
            description=f"Scheduled batch transform {schedule_name(self._naming, self._name)}: {kind}",
            assume_role_policy=document(trusted),
            permissions_boundary=spec.permissions_boundary,
        )
        written = aws.iam_role_policy.IamRolePolicy(self, f"{kind}_policy", name=kind, role=role.name, policy=document(statements))
        return self._naming.arn("iam", f"role/{written.role}", region=False)

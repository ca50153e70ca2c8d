"""What starts a pipeline besides people: a state machine, and a schedule and a rule that start it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.key_policy import document
from modules._shared.log_group import encrypted_log_group
from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules._shared.statements import Statement
from modules.training.spec import (
    ArrivalSpec,
    PipelineScheduleSpec,
    TriggersSpec,
    log_group,
    pipeline_name,
    runs_role_name,
    trigger_role_name,
)
from modules.training.state_machine import definition_text
from modules.training.trigger_policy import arrival_input, arrival_pattern, runs_statements, runs_trust, start_statements, start_trust


@dataclass(frozen=True)
class TriggersRefs:
    """`topic_arn`: told of failure. `kms_key_arn` encrypts its messages and the schedule, `logs_kms_key_arn` the log group."""

    bucket: str
    topic_arn: str
    kms_key_arn: str
    logs_kms_key_arn: str
    permissions_boundary: str | None = None


class Triggers(Construct):
    """State machine, schedule and rule of the pipeline `key`."""

    def __init__(
        self, scope: Construct, id: str, *, naming: Naming, key: str, spec: TriggersSpec, refs: TriggersRefs, pipeline: Any
    ) -> None:
        super().__init__(scope, id)
        self._naming, self._key, self._spec, self._refs = naming, key, spec, refs
        logs = self._create_log_group()
        machine = self._create_machine(logs, pipeline)
        statements = start_statements(naming, key, kms_key_arn=refs.kms_key_arn)
        role_arn = self._role("start", trigger_role_name(naming, key), start_trust(naming, key), statements)
        if spec.schedule is not None:
            self._create_schedule(spec.schedule, machine, role_arn)
        if spec.arrival is not None:
            self._create_rule(spec.arrival, machine, role_arn)
        self.state_machine_arn = str(machine.arn)

    def _create_log_group(self) -> Any:
        return encrypted_log_group(self, log_group(self._naming, self._key), self._spec.log_retention_in_days, self._refs.logs_kms_key_arn)

    def _create_machine(self, logs: Any, pipeline: Any) -> Any:
        naming, key, refs = self._naming, self._key, self._refs
        statements = runs_statements(naming, key, topic_arn=refs.topic_arn, kms_key_arn=refs.kms_key_arn)
        return aws.sfn_state_machine.SfnStateMachine(
            self,
            "state_machine",
            name=pipeline_name(naming, key),
            type="STANDARD",
            definition=definition_text(naming, key, self._spec, refs.topic_arn),
            role_arn=self._role("runs", runs_role_name(naming, key), runs_trust(naming, key), statements),
            logging_configuration={"level": "ALL", "include_execution_data": True, "log_destination": f"{logs.arn}:*"},
            tracing_configuration={"enabled": True},
            depends_on=[pipeline],
        )

    def _role(self, id: str, name: str, trusted: list[Statement], statements: list[Statement]) -> str:
        """The role's ARN, read back from its policy, so that nothing uses it before it may do anything."""
        role = aws.iam_role.IamRole(
            self,
            id,
            name=name,
            description=f"Training pipeline {pipeline_name(self._naming, self._key)}: {id}",
            assume_role_policy=document(trusted),
            permissions_boundary=self._refs.permissions_boundary,
        )
        policy = aws.iam_role_policy.IamRolePolicy(self, f"{id}_policy", name=id, role=role.name, policy=document(statements))
        return self._naming.arn("iam", f"role/{policy.role}", region=False)

    def _create_schedule(self, spec: PipelineScheduleSpec, machine: Any, role_arn: str) -> None:
        parameters = [{"Name": name, "Value": value} for name, value in spec.parameters.items()]
        aws.scheduler_schedule.SchedulerSchedule(
            self,
            "schedule",
            name=pipeline_name(self._naming, self._key),
            schedule_expression=spec.expression,
            schedule_expression_timezone=spec.timezone,
            flexible_time_window={"mode": "OFF"},
            kms_key_arn=self._refs.kms_key_arn,
            target={
                "arn": machine.arn,
                "role_arn": role_arn,
                "input": json.dumps({"parameters": parameters}, separators=(",", ":")),
                "retry_policy": {"maximum_retry_attempts": 5, "maximum_event_age_in_seconds": 3600},
            },
        )

    def _create_rule(self, spec: ArrivalSpec, machine: Any, role_arn: str) -> None:
        rule = aws.cloudwatch_event_rule.CloudwatchEventRule(
            self,
            "rule",
            name=pipeline_name(self._naming, self._key),
            description=f"Data arrived below {spec.prefix}",
            event_pattern=json.dumps(arrival_pattern(spec, self._refs.bucket), separators=(",", ":")),
        )
        aws.cloudwatch_event_target.CloudwatchEventTarget(
            self,
            "rule_target",
            rule=rule.name,
            target_id="state-machine",
            arn=machine.arn,
            role_arn=role_arn,
            input_transformer={
                "input_paths": {"bucket": "$.detail.bucket.name", "key": "$.detail.object.key"},
                "input_template": arrival_input(spec),
            },
            retry_policy={"maximum_retry_attempts": 5, "maximum_event_age_in_seconds": 3600},
        )

"""An environment's life: the function that stops and starts endpoints, the schedules that call it, the topic, the budget."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from constructs import Construct

from modules._shared.blocks import typed
from modules._shared.function_package import FunctionPackage, code, zip_members
from modules._shared.key_policy import document
from modules._shared.log_group import encrypted_log_group
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules._shared.statements import lambda_trust
from modules.operations.budget import create_budget, create_cost_allocation_tags
from modules.operations.function.settings import Hosted, Settings
from modules.operations.policy import function_statements, scheduler_statements, scheduler_trust, topic_statements
from modules.operations.schedules import Schedule, schedules
from modules.operations.spec import (
    OperationsSpec,
    function_name,
    log_group,
    record_prefix,
    role_name,
    rule_name,
    schedule_group_name,
    topic_name,
)

HANDLER = "modules.operations.function.handler.handler"
TIMEOUT = 300
"""Seconds; an endpoint takes a few calls, and there are at most some dozens."""
_CODE = Path(__file__).resolve().parent / "function"


@dataclass(frozen=True)
class OperationsRefs:
    """What others provide.

    `hosted`: the endpoints that can be stopped. `tags`: those of every resource, for what is made outside of Terraform.
    `kms_key_arn` encrypts topic, variables and schedules, `logs_kms_key_arn` the log group, `volume_key_arn` the endpoints' volumes.
    """

    hosted: Sequence[Hosted]
    kms_key_arn: str
    logs_kms_key_arn: str
    volume_key_arn: str
    tags: dict[str, str]


@dataclass(frozen=True)
class OperationsOutputs:
    """What people and commands need."""

    function_name: str = output("Name of the function that stops and starts endpoints.")
    topic_arn: str = output("ARN of the topic that hears of budget, idle endpoints and failures.")
    log_group_name: str = output("Log group of the function.")
    budget_name: str | None = output("Name of the budget; absent without one.")


class Operations(Construct):
    """The operations of one environment: `project-environment-operations`."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: OperationsSpec, refs: OperationsRefs) -> None:
        super().__init__(scope, id)
        self._naming, self._spec, self._refs = naming, spec, refs
        logs = self._create_log_group()
        topic, policy = self._create_topic()
        function = self._create_function(self._create_function_role(), logs, topic)
        self._create_schedules(function)
        self._create_rule(function)
        budget = create_budget(self, naming, spec.budget, policy.arn) if spec.budget else None
        if spec.activate_cost_allocation_tags:
            create_cost_allocation_tags(self)
        self.outputs = OperationsOutputs(function.function_name, topic.arn, logs.name, budget.name if budget else None)

    def _create_log_group(self) -> Any:
        return encrypted_log_group(self, log_group(self._naming), self._spec.log_retention_in_days, self._refs.logs_kms_key_arn)

    def _create_topic(self) -> tuple[Any, Any]:
        """The topic and its policy: a budget is made once it may publish."""
        topic = aws.sns_topic.SnsTopic(self, "topic", name=topic_name(self._naming), kms_master_key_id=self._refs.kms_key_arn)
        policy = document(topic_statements(self._naming, budget=self._spec.budget is not None))
        attached = aws.sns_topic_policy.SnsTopicPolicy(self, "topic_policy", arn=topic.arn, policy=policy)
        for number, address in enumerate(self._spec.subscribers):
            aws.sns_topic_subscription.SnsTopicSubscription(
                self, f"subscriber_{number}", topic_arn=topic.arn, protocol="email", endpoint=address
            )
        return topic, attached

    def _create_function_role(self) -> Any:
        refs, tracing = self._refs, self._spec.tracing == "Active"
        statements = function_statements(self._naming, refs.hosted, refs.kms_key_arn, refs.volume_key_arn, tracing=tracing)
        return self._role("function", "Stops and starts endpoints", document(lambda_trust()), document(statements))

    def _role(self, who: Any, what: str, trust: str, policy: str) -> Any:
        """The role's policy: naming the role by it, nothing uses the role before it may do anything."""
        role = aws.iam_role.IamRole(
            self,
            f"{who}_role",
            name=role_name(self._naming, who),
            description=f"{what} of {self._naming.name()}",
            assume_role_policy=trust,
            permissions_boundary=self._spec.permissions_boundary,
        )
        return aws.iam_role_policy.IamRolePolicy(self, f"{who}_policy", name="operations", role=role.name, policy=policy)

    def _role_arn(self, policy: Any) -> str:
        return self._naming.arn("iam", f"role/{policy.role}", region=False)

    def _create_function(self, policy: Any, logs: Any, topic: Any) -> Any:
        """One at a time: two requests for the same endpoint never meet."""
        function = aws.lambda_function.LambdaFunction(
            self,
            "function",
            function_name=function_name(self._naming),
            description=f"Stops and starts endpoints of {self._naming.name()}",
            role=self._role_arn(policy),
            handler=HANDLER,
            runtime=self._spec.runtime,
            architectures=[self._spec.architecture],
            memory_size=256,
            timeout=TIMEOUT,
            reserved_concurrent_executions=1,
            kms_key_arn=self._refs.kms_key_arn,
            environment={"variables": {"TOPIC_ARN": topic.arn}},
            tracing_config={"mode": self._spec.tracing},
            depends_on=[logs],
            **code(self, "code", function_package(self._naming, self._spec, self._refs)),
        )
        aws.lambda_function_event_invoke_config.LambdaFunctionEventInvokeConfig(
            self,
            "retries",
            function_name=function.function_name,
            maximum_retry_attempts=2,
            maximum_event_age_in_seconds=21_600,
            destination_config={"on_failure": {"destination": topic.arn}},
        )
        return function

    def _create_schedules(self, function: Any) -> None:
        wanted = schedules(self._spec, [hosted.key for hosted in self._refs.hosted])
        if not wanted:
            return
        trust = document(scheduler_trust(self._naming))
        policy = self._role("scheduler", "Calls the operations function", trust, self._scheduler_policy())
        group = aws.scheduler_schedule_group.SchedulerScheduleGroup(self, "schedules", name=schedule_group_name(self._naming))
        for schedule in wanted:
            self._create_schedule(schedule, group, function, policy)

    def _scheduler_policy(self) -> str:
        return document(scheduler_statements(self._naming, self._refs.kms_key_arn))

    def _create_schedule(self, schedule: Schedule, group: Any, function: Any, policy: Any) -> None:
        target = {
            "arn": function.arn,
            "role_arn": self._role_arn(policy),
            "input": json.dumps(schedule.request, sort_keys=True),
            "retry_policy": {"maximum_retry_attempts": 10, "maximum_event_age_in_seconds": 3600},
        }
        blocks = {"flexible_time_window": {"mode": "OFF"}, "target": target}
        aws.scheduler_schedule.SchedulerSchedule(
            self,
            f"schedule_{schedule.name}",
            name=schedule.name,
            group_name=group.name,
            description=schedule.description,
            schedule_expression=schedule.expression,
            schedule_expression_timezone=schedule.timezone,
            kms_key_arn=self._refs.kms_key_arn,
            **typed(aws.scheduler_schedule, "SchedulerSchedule", blocks),
        )

    def _create_rule(self, function: Any) -> None:
        """An endpoint that came into service gets its scaling back."""
        pattern = {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Endpoint State Change"],
            "detail": {"EndpointName": [{"prefix": f"{self._naming.name()}-"}], "EndpointStatus": ["IN_SERVICE"]},
        }
        rule = aws.cloudwatch_event_rule.CloudwatchEventRule(
            self,
            "rule",
            name=rule_name(self._naming),
            description=f"Endpoints of {self._naming.name()} that came into service",
            event_pattern=json.dumps(pattern, sort_keys=True),
        )
        permission = aws.lambda_permission.LambdaPermission(
            self,
            "permission",
            statement_id="endpoint-in-service",
            action="lambda:InvokeFunction",
            function_name=function.function_name,
            principal="events.amazonaws.com",
            source_arn=rule.arn,
        )
        aws.cloudwatch_event_target.CloudwatchEventTarget(
            self, "target", rule=rule.name, target_id="operations", arn=function.arn, depends_on=[permission]
        )


def function_package(naming: Naming, spec: OperationsSpec, refs: OperationsRefs) -> FunctionPackage:
    """The function's zip: code and settings.json. It keeps its place below `modules`, so that code and tests import it by one name."""
    files = {f"modules/operations/function/{path.name}": path.read_bytes() for path in _CODE.glob("*.py")}
    return zip_members({**files, "settings.json": settings(naming, spec, refs.hosted, refs.tags).dump()})


def settings(naming: Naming, spec: OperationsSpec | None, hosted: Sequence[Hosted], tags: dict[str, str]) -> Settings:
    """What the function works on; `slipway stop` without an operations stack works on the same."""
    days = spec.idle_report.days if spec and spec.idle_report else 0
    return Settings(naming.environment, record_prefix(naming), tags, tuple(hosted), days)

"""What starts builds beside the pipeline: the approval of a model package, and schedules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules._shared.key_policy import document
from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules._shared.statements import Statement
from modules.delivery import policy
from modules.delivery.refs import DeliveryRefs
from modules.delivery.spec import DeliverySpec, project_name, role_name

_ATTEMPTS, _AGE_SECONDS = 185, 7200
"""A build waits for the one before it by being tried again."""


class Starts(Construct):
    """EventBridge rules and the role with which each starts one build. `projects`: those that must exist first."""

    def __init__(self, scope: Construct, naming: Naming, spec: DeliverySpec, refs: DeliveryRefs, projects: Sequence[Any]) -> None:
        super().__init__(scope, "starts")
        self._naming, self._spec, self._projects = naming, spec, list(projects)
        if refs.package_groups:
            self._create_release(refs)
        if spec.ephemeral is not None:
            self._create_schedule("expire", "Destroys environments of branches in time", spec.ephemeral.schedule)
        if spec.drift_schedule is not None:
            self._create_schedule("drift", "Compares environments with the branch", spec.drift_schedule)

    def _create_release(self, refs: DeliveryRefs) -> None:
        names = {model: self._naming.name("delivery", "release", model, max_length=64) for model in sorted(refs.package_groups)}
        role_arn = self._create_role("start-release", list(names.values()), policy.start(self._naming, "release"))
        for model, name in names.items():
            pattern = package_pattern(refs.package_groups[model])
            rule = aws.cloudwatch_event_rule.CloudwatchEventRule(
                self,
                f"approved_{model}",
                name=name,
                description=f"An approved package of {model}",
                event_pattern=json.dumps(pattern, sort_keys=True),
            )
            transformer = {"input_paths": {"package": "$.detail.ModelPackageArn"}, "input_template": release_input(model)}
            self._create_target(f"release_{model}", rule, "release", role_arn, input_transformer=transformer)

    def _create_schedule(self, step: str, description: str, schedule: str) -> None:
        name = self._naming.name("delivery", step, max_length=64)
        role_arn = self._create_role(f"start-{step}", [name], policy.start(self._naming, step))
        rule = aws.cloudwatch_event_rule.CloudwatchEventRule(
            self, f"schedule_{step}", name=name, description=description, schedule_expression=schedule
        )
        self._create_target(step, rule, step, role_arn)

    def _create_target(self, id: str, rule: Any, step: str, role_arn: str, **more: Any) -> None:
        aws.cloudwatch_event_target.CloudwatchEventTarget(
            self,
            id,
            rule=rule.name,
            arn=self._naming.arn("codebuild", f"project/{project_name(self._naming, step)}"),
            role_arn=role_arn,
            retry_policy={"maximum_retry_attempts": _ATTEMPTS, "maximum_event_age_in_seconds": _AGE_SECONDS},
            depends_on=self._projects,
            **more,
        )

    def _create_role(self, name: str, rules: Sequence[str], allowed: list[Statement]) -> str:
        sources = [self._naming.arn("events", f"rule/{rule}") for rule in rules]
        role = aws.iam_role.IamRole(
            self,
            f"role_{name}",
            name=role_name(self._naming, name),
            description=f"Delivery of {self._naming.name()}: {name}",
            assume_role_policy=document(policy.trust(self._naming, "events", sources)),
            permissions_boundary=self._spec.permissions_boundary,
        )
        own = aws.iam_role_policy.IamRolePolicy(self, f"policy_{name}", name="start", role=role.name, policy=document(allowed))
        return self._naming.arn("iam", f"role/{own.role}", region=False)


def package_pattern(group: str) -> dict[str, Any]:
    """Events of SageMaker that a version of this model package group is approved now."""
    return {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [group], "ModelApprovalStatus": ["Approved"]},
    }


def release_input(model: str) -> str:
    """Input of StartBuild: the model, and exactly the package of the event. `<package>` is EventBridge's placeholder."""
    variables = [
        {"name": "MODEL", "type": "PLAINTEXT", "value": model},
        {"name": "PACKAGE_ARN", "type": "PLAINTEXT", "value": "<package>"},
    ]
    return json.dumps({"environmentVariablesOverride": variables})

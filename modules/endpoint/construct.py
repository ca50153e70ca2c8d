"""A SageMaker endpoint with its roll-back alarms, its log group and its published name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.alarm import composite_name
from modules._shared.blocks import typed
from modules._shared.log_group import encrypted_log_group
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules.endpoint.alarms import composite_alarm, rollback_alarms
from modules.endpoint.deployment import deployment_config
from modules.endpoint.spec import EndpointSpec, check_fit


@dataclass(frozen=True)
class EndpointRefs:
    """What other modules provide.

    `instance_counts`: each production variant's initial instance count by variant name (1 for a serverless one).
    `hosting_kind`: instances | serverless | asynchronous. `logs_kms_key_arn` encrypts the log group. `alarm_topic_arns`: SNS topics
    that the composite alarm tells when it goes off, and when it is over.
    """

    endpoint_config_name: str
    instance_counts: dict[str, int]
    logs_kms_key_arn: str
    hosting_kind: str = "instances"
    alarm_topic_arns: Sequence[str] = ()


@dataclass(frozen=True)
class EndpointOutputs:
    """What others need of an endpoint."""

    name: str = output("Name to pass to InvokeEndpoint.")
    arn: str = output("ARN for IAM policies.")
    log_group_name: str = output("CloudWatch log group of the containers.")
    alarm_names: list[str] = output("Alarms that roll an update back.")
    composite_alarm_name: str = output("The composite alarm over all of them: it goes off when any of them does.")


class Endpoint(Construct):
    """The endpoint `project-environment-<name>`: its name never changes, an update moves it to the next configuration."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, name: str, spec: EndpointSpec, refs: EndpointRefs) -> None:
        super().__init__(scope, id)
        _refuse(name, spec, refs)
        self._naming = naming
        self._key = name
        self._name = naming.name(name)
        self._spec = spec
        self._refs = refs
        alarms = rollback_alarms(self, self._name, spec.alarms, list(refs.instance_counts))
        each = [*(alarm.alarm_name for alarm in alarms), *spec.alarms.alarm_names]
        composite = composite_alarm(self, composite_name(naming, name), self._name, each, refs.alarm_topic_arns)
        self._alarm_names = [composite.alarm_name] if spec.alarms.rollback_on == "composite" else each
        self._log_group = self._create_log_group()
        self._endpoint = self._create_endpoint()
        self.outputs = EndpointOutputs(
            self._endpoint.name, self._endpoint.arn, self._log_group.name, self._alarm_names, composite.alarm_name
        )
        self._create_parameters()

    def _create_log_group(self) -> Any:
        return encrypted_log_group(
            self, f"/aws/sagemaker/Endpoints/{self._name}", self._spec.log_retention_in_days, self._refs.logs_kms_key_arn
        )

    def _create_endpoint(self) -> Any:
        """After the log group, which SageMaker would otherwise make itself: unencrypted and kept for ever."""
        return aws.sagemaker_endpoint.SagemakerEndpoint(
            self,
            "endpoint",
            name=self._name,
            endpoint_config_name=self._refs.endpoint_config_name,
            depends_on=[self._log_group],
            **typed(aws.sagemaker_endpoint, "SagemakerEndpoint", self._blocks()),
        )

    def _blocks(self) -> dict[str, Any]:
        """Deployment guardrails exist for instances only; serverless endpoints are updated all at once."""
        if self._refs.hosting_kind == "serverless":
            return {}
        return {"deployment_config": deployment_config(self._spec, self._alarm_names, max(self._refs.instance_counts.values()))}

    def _create_parameters(self) -> None:
        """`/project/environment/endpoints/<name>/name` and `.../arn`: how applications find the endpoint."""
        for what, value in (("name", self.outputs.name), ("arn", self.outputs.arn)):
            aws.ssm_parameter.SsmParameter(
                self,
                f"parameter_{what}",
                name=self._naming.parameter("endpoints", self._key, what),
                description=f"{what.upper() if what == 'arn' else what.capitalize()} of the SageMaker endpoint {self._name}",
                type="String",
                value=value,
            )


def _refuse(name: str, spec: EndpointSpec, refs: EndpointRefs) -> None:
    problems = check_fit(spec, hosting_kind=refs.hosting_kind, instance_counts=refs.instance_counts)
    if problems:
        raise ValueError("; ".join(f"endpoint {name}, {path}: {message}" for path, message in problems))

"""A Lambda function made of the model's container image: its role, its log group, its alias and its concurrency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from constructs import Construct

from modules._shared.key_policy import document
from modules._shared.log_group import encrypted_log_group
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws, cdktf
from modules._shared.statements import lambda_trust
from modules.lambda_endpoint.policy import function_statements
from modules.lambda_endpoint.spec import ALIAS, LambdaHosting, ProvisionedConcurrency, function_name, log_group, role_name

_DIMENSION = "lambda:function:ProvisionedConcurrency"


@dataclass(frozen=True)
class LambdaRefs:
    """What other modules provide.

    `image`: URI with its digest. `artifact`: `bucket/key` of the model archive and its SHA-256, both empty when the weights are in
    the image. `artifacts_kms_key_arn` encrypts the archive, `kms_key_arn` the variables, `logs_kms_key_arn` the log group.
    `environment`: the model's own variables. `subnet_ids` and `security_group_ids`: of a model in a VPC.
    """

    image: str
    architecture: str
    kms_key_arn: str
    logs_kms_key_arn: str
    artifact: str = ""
    artifact_sha256: str = ""
    artifacts_kms_key_arn: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    subnet_ids: Sequence[str] = ()
    security_group_ids: Sequence[str] = ()


@dataclass(frozen=True)
class LambdaOutputs:
    """What others need of the function."""

    name: str = output("Name of the function.")
    arn: str = output("ARN of its alias `live`: what callers invoke, and what IAM policies name.")
    version: str = output("Version that the alias points at.")
    log_group_name: str = output("CloudWatch log group of the container.")


class LambdaEndpoint(Construct):
    """The function `project-environment-<name>`, invoked by its alias `live`. It has no URL: the API is in front of it."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, name: str, spec: LambdaHosting, refs: LambdaRefs) -> None:
        super().__init__(scope, id)
        _refuse(refs)
        self._naming, self._key, self._spec, self._refs = naming, name, spec, refs
        self._log_group = self._create_log_group()
        self._role = self._create_role()
        self._policy = self._create_policy()
        self._function = self._create_function()
        self._alias = self._create_alias()
        self._create_provisioned_concurrency()
        self._create_parameters()
        self.outputs = LambdaOutputs(self._function.function_name, self._alias.arn, self._alias.function_version, self._log_group.name)

    def _create_log_group(self) -> Any:
        return encrypted_log_group(self, log_group(self._naming, self._key), self._spec.log_retention_in_days, self._refs.logs_kms_key_arn)

    def _create_role(self) -> Any:
        return aws.iam_role.IamRole(
            self,
            "role",
            name=role_name(self._naming, self._key),
            description=f"The function {function_name(self._naming, self._key)} reads its model",
            assume_role_policy=document(lambda_trust()),
            permissions_boundary=self._spec.permissions_boundary,
        )

    def _create_policy(self) -> Any:
        refs = self._refs
        statements = function_statements(
            self._naming,
            self._key,
            self._spec,
            artifact=refs.artifact,
            artifacts_key_arn=refs.artifacts_kms_key_arn,
            kms_key_arn=refs.kms_key_arn,
            in_vpc=bool(refs.subnet_ids),
        )
        return aws.iam_role_policy.IamRolePolicy(self, "policy", name="model", role=self._role.name, policy=document(list(statements)))

    def _create_function(self) -> Any:
        """Every change is published as a version; the container's program is told to serve, as SageMaker tells it."""
        spec, refs = self._spec, self._refs
        vpc = {"subnet_ids": list(refs.subnet_ids), "security_group_ids": list(refs.security_group_ids)}
        return aws.lambda_function.LambdaFunction(
            self,
            "function",
            function_name=function_name(self._naming, self._key),
            description=f"The model behind {self._key} of {self._naming.name()}",
            role=self._role.arn,
            package_type="Image",
            image_uri=refs.image,
            image_config={"command": ["serve"]},
            architectures=[refs.architecture],
            memory_size=spec.memory_size,
            timeout=spec.timeout,
            ephemeral_storage={"size": spec.ephemeral_storage},
            reserved_concurrent_executions=spec.reserved_concurrent_executions,
            kms_key_arn=refs.kms_key_arn,
            environment={"variables": variables(spec, refs)},
            tracing_config={"mode": spec.tracing},
            dead_letter_config={"target_arn": spec.dead_letter_arn} if spec.dead_letter_arn else None,
            vpc_config=vpc if refs.subnet_ids else None,
            publish=True,
            depends_on=[self._policy, self._log_group],
        )

    def _create_alias(self) -> Any:
        return aws.lambda_alias.LambdaAlias(
            self,
            "alias",
            name=ALIAS,
            description="What callers invoke",
            function_name=self._function.function_name,
            function_version=self._function.version,
        )

    def _create_provisioned_concurrency(self) -> None:
        provisioned = self._spec.provisioned_concurrency
        if provisioned is None:
            return
        config = aws.lambda_provisioned_concurrency_config.LambdaProvisionedConcurrencyConfig(
            self,
            "provisioned_concurrency",
            function_name=self._function.function_name,
            qualifier=self._alias.name,
            provisioned_concurrent_executions=provisioned.minimum,
        )
        if provisioned.maximum is not None:
            config.lifecycle = cdktf.TerraformResourceLifecycle(ignore_changes=["provisioned_concurrent_executions"])
            self._create_scaling(provisioned, config)

    def _create_scaling(self, provisioned: ProvisionedConcurrency, config: Any) -> None:
        """Application Auto Scaling moves the number between its limits; the plan leaves the number of the moment alone."""
        target = aws.appautoscaling_target.AppautoscalingTarget(
            self,
            "target",
            service_namespace="lambda",
            resource_id=f"function:{function_name(self._naming, self._key)}:{ALIAS}",
            scalable_dimension=_DIMENSION,
            min_capacity=provisioned.minimum,
            max_capacity=provisioned.most,
            depends_on=[config],
        )
        aws.appautoscaling_policy.AppautoscalingPolicy(
            self,
            "scaling_policy",
            name="utilization",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            target_tracking_scaling_policy_configuration={
                "target_value": provisioned.target_utilization,
                "predefined_metric_specification": {"predefined_metric_type": "LambdaProvisionedConcurrencyUtilization"},
            },
        )

    def _create_parameters(self) -> None:
        """`/project/environment/endpoints/<name>/name` and `.../arn`: how applications find what to invoke, as for every endpoint."""
        for what, value in (("name", self._function.function_name), ("arn", self._alias.arn)):
            aws.ssm_parameter.SsmParameter(
                self,
                f"parameter_{what}",
                name=self._naming.parameter("endpoints", self._key, what),
                description=f"{what.upper() if what == 'arn' else what.capitalize()} of the function of {self._key}",
                type="String",
                value=value,
            )


def variables(spec: LambdaHosting, refs: LambdaRefs) -> dict[str, str]:
    """The container's variables. The model answers 504 a second before Lambda would end the whole environment."""
    defaults = {"SAGEMAKER_MODEL_SERVER_TIMEOUT": str(spec.timeout - 1), "SAGEMAKER_CONTAINER_LOG_LEVEL": spec.log_level}
    fetched = {"SLIPWAY_MODEL_URL": f"s3://{refs.artifact}", "SLIPWAY_MODEL_SHA256": refs.artifact_sha256} if refs.artifact else {}
    return {**defaults, **refs.environment, **fetched}


def _refuse(refs: LambdaRefs) -> None:
    if "@sha256:" not in refs.image:
        raise ValueError(f"image {refs.image!r} has no digest; a tag may move: refer to it as repository@sha256:...")
    if refs.artifact and not refs.artifact_sha256:
        raise ValueError(f"artifact {refs.artifact} has no SHA-256")

"""Options of a SageMaker model (API: CreateModel)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from modules._shared.prebuilt import PrebuiltImage
from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec
from modules.model.optimize import NeoSpec
from modules.model.secrets import secret_reason

_HOSTNAME = r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$"
_LAMBDA_ARN = r"^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:\S+$"
_VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,1023}")


def _check_environment(values: dict[str, str]) -> dict[str, str]:
    for key, value in values.items():
        if not _VARIABLE.fullmatch(key):
            raise ValueError(f"{key!r} is not a variable name: use letters, digits and _, at most 1024 characters")
        if len(value) > 1024:
            raise ValueError(f"{key} has {len(value)} characters; SageMaker allows 1024")
        if "${" in value or "%{" in value:
            raise ValueError(f"{key}: Terraform would read ${{ or %{{ as an expression; write the literal value")
        if reason := secret_reason(key, value):
            raise ValueError(f"{key}: {reason}; store it in Secrets Manager and give the container its ARN")
    return values


Environment = Annotated[dict[str, str], Field(max_length=100), AfterValidator(_check_environment)]


class ImageConfig(Spec):
    """Where SageMaker pulls the image from (API: ImageConfig)."""

    repository_access_mode: Literal["Platform", "Vpc"] = Field(
        "Platform", description="Platform: ECR. Vpc: a private Docker registry reached through the model's VPC."
    )
    repository_credentials_provider_arn: str | None = Field(
        None, pattern=_LAMBDA_ARN, description="Lambda function that hands out the private registry's credentials; only with Vpc."
    )

    @model_validator(mode="after")
    def _credentials_need_vpc(self) -> ImageConfig:
        if self.repository_credentials_provider_arn and self.repository_access_mode != "Vpc":
            raise ValueError("repository_credentials_provider_arn needs repository_access_mode: Vpc")
        return self


class _Container(Spec):
    image: Annotated[str, Field(min_length=1)] | PrebuiltImage = Field(
        description="Key of `registries`: the repository of this container's image. Or an image that AWS keeps."
    )
    environment: Environment = Field(
        default_factory=dict, description="Environment variables, at most 100. Secrets are refused: pass a Secrets Manager ARN instead."
    )
    image_config: ImageConfig | None = Field(None, description="Pull the image from a private Docker registry in the VPC. Default: ECR.")

    @property
    def registry(self) -> str:
        """Key of `registries`; empty for an image that AWS keeps."""
        return self.image if isinstance(self.image, str) else ""

    @property
    def prebuilt(self) -> PrebuiltImage | None:
        """The image that AWS keeps, if it is one."""
        return self.image if isinstance(self.image, PrebuiltImage) else None

    @model_validator(mode="after")
    def _prebuilt_is_in_ecr(self) -> _Container:
        if self.prebuilt and self.image_config:
            raise ValueError("image_config is for a registry of your own; AWS keeps this image in ECR")
        return self


class ContainerSpec(_Container):
    """The container of a `single` model."""

    model_data: Literal["compressed", "uncompressed", "none"] = Field(
        "compressed",
        description="compressed: one model.tar.gz. uncompressed: an S3 prefix copied as it is (large models start faster). "
        "none: the weights are in the image.",
    )
    container_hostname: str | None = Field(None, pattern=_HOSTNAME, description="DNS name of the container. Default: chosen by SageMaker.")
    optimize: NeoSpec | None = Field(None, description="Compile the model when it is released. Default: it is deployed as it is.")

    @model_validator(mode="after")
    def _compiles(self) -> ContainerSpec:
        framework = self.prebuilt.framework if self.prebuilt else None
        if self.optimize is not None and (problem := self.optimize.problem(self.model_data, framework)):
            raise ValueError(problem)
        return self


class PipelineContainerSpec(_Container):
    """One step of an inference `pipeline`."""

    name: str = Field(pattern=_HOSTNAME, description="Name of the step: its release is `<model>/<name>`, its DNS name is this too.")
    model_data: Literal["compressed", "uncompressed", "none"] = Field("compressed", description="As in a single model.")


class MultiModelContainerSpec(_Container):
    """The container of a `multi_model` model: it loads models from an S3 prefix on request."""

    container_hostname: str | None = Field(None, pattern=_HOSTNAME, description="DNS name of the container. Default: chosen by SageMaker.")
    model_cache_setting: Literal["Enabled", "Disabled"] = Field(
        "Enabled", description="Keep loaded models in memory. Disabled suits many models that are rarely called."
    )


class InferenceExecutionConfig(Spec):
    """How the containers of a pipeline are called."""

    mode: Literal["Serial", "Direct"] = Field(
        "Serial", description="Serial: one after the other. Direct: the caller names one by TargetContainerHostname."
    )


class VpcConfig(Spec):
    """Network interfaces of the containers."""

    subnets: Annotated[tuple[Annotated[str, Field(pattern=r"^subnet-[0-9a-z]+$")], ...], Field(strict=False), AtLeast(2)] = Field(
        max_length=16, description="2 to 16 subnet ids, in at least two availability zones."
    )
    security_group_ids: Annotated[tuple[Annotated[str, Field(pattern=r"^sg-[0-9a-z]+$")], ...], Field(strict=False), AtLeast(1)] = Field(
        max_length=5, description="1 to 5 security group ids."
    )

    @model_validator(mode="after")
    def _unique(self) -> VpcConfig:
        for name, ids in (("subnets", self.subnets), ("security_group_ids", self.security_group_ids)):
            if len(set(ids)) != len(ids):
                raise ValueError(f"{name} names one id twice")
        return self


class _Model(Spec):
    enable_network_isolation: bool = Field(
        True, description="No network calls in or out of the containers. Serverless endpoints do not support it: set false there."
    )
    vpc_config: VpcConfig | None = Field(None, description="Put the containers into a VPC by its subnets. Default: none.")
    network: Literal["private"] | None = Field(
        None, description="private: put the containers into the environment's own `network`. Default: none."
    )

    @property
    def in_vpc(self) -> bool:
        """Whether the containers have network interfaces in a VPC."""
        return self.vpc_config is not None or self.network is not None

    @model_validator(mode="after")
    def _one_network(self) -> _Model:
        if self.vpc_config is not None and self.network is not None:
            raise ValueError("network: private and vpc_config both choose subnets; leave one of the two out")
        return self


class SingleModelSpec(_Model):
    """One container (the default kind)."""

    kind: Literal["single"] = Field("single", description="One container.")
    container: ContainerSpec = Field(description="The container.")

    @model_validator(mode="after")
    def _registry_needs_vpc(self) -> SingleModelSpec:
        _check_registry(self, (self.container,))
        return self


class PipelineModelSpec(_Model):
    """An inference pipeline of 2 to 15 containers."""

    kind: Literal["pipeline"] = Field(description="2 to 15 containers behind one endpoint.")
    containers: Annotated[tuple[PipelineContainerSpec, ...], Field(strict=False), AtLeast(2)] = Field(
        max_length=15, description="The steps, in calling order."
    )
    inference_execution_config: InferenceExecutionConfig = Field(
        default_factory=InferenceExecutionConfig, description="Serial chain or direct invocation."
    )

    @model_validator(mode="after")
    def _names_are_unique(self) -> PipelineModelSpec:
        names = [container.name for container in self.containers]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"container names must be unique; used twice: {', '.join(twice)}")
        _check_registry(self, self.containers)
        return self


class MultiModelSpec(_Model):
    """Many models of one kind in one container, loaded from an S3 prefix on request."""

    kind: Literal["multi_model"] = Field(description="Many models, one container.")
    container: MultiModelContainerSpec = Field(description="The container; its artifact is an S3 prefix.")

    @model_validator(mode="after")
    def _registry_needs_vpc(self) -> MultiModelSpec:
        _check_registry(self, (self.container,))
        return self


def _check_registry(model: _Model, containers: tuple[_Container, ...]) -> None:
    for container in containers:
        if container.image_config and container.image_config.repository_access_mode == "Vpc" and not model.in_vpc:
            raise ValueError("image_config.repository_access_mode: Vpc needs the model's vpc_config, or network: private")


def model_kind(value: Any) -> str:
    """The tag of a model's options: what `kind` says, or `single`."""
    kind = value.get("kind", "single") if isinstance(value, Mapping) else getattr(value, "kind", "single")
    return str(kind)


ModelSpec = Annotated[
    Annotated[SingleModelSpec, Tag("single")]
    | Annotated[PipelineModelSpec, Tag("pipeline")]
    | Annotated[MultiModelSpec, Tag("multi_model")],
    Discriminator(model_kind),
]
"""Any model; `kind` decides which."""

AnyModelSpec = SingleModelSpec | PipelineModelSpec | MultiModelSpec
AnyContainerSpec = ContainerSpec | PipelineContainerSpec | MultiModelContainerSpec

SINGLE = "container"
"""Key of the only container of single and multi-model models in `ModelRefs.images` and `.artifacts`."""


def containers(spec: AnyModelSpec) -> dict[str, AnyContainerSpec]:
    """The containers by key: a pipeline step's name, or `container` for the other kinds."""
    if isinstance(spec, PipelineModelSpec):
        return {container.name: container for container in spec.containers}
    return {SINGLE: spec.container}


def release_keys(model: str, spec: AnyModelSpec) -> dict[str, str]:
    """For each container key its key in the release lock: `<model>`, or `<model>/<step>` in a pipeline."""
    return {key: f"{model}/{key}" if isinstance(spec, PipelineModelSpec) else model for key in containers(spec)}


def has_artifact(container: AnyContainerSpec) -> bool:
    """Whether the container loads model data from S3."""
    return isinstance(container, MultiModelContainerSpec) or container.model_data != "none"

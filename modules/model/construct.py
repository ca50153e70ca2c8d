"""A SageMaker model under a name that changes with its content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from constructs import Construct

from modules._shared.blocks import content_name, is_token, typed
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws, cdktf
from modules.model.spec import (
    AnyContainerSpec,
    AnyModelSpec,
    ImageConfig,
    MultiModelContainerSpec,
    PipelineContainerSpec,
    PipelineModelSpec,
    has_artifact,
)
from modules.model.spec import containers as containers_of


@dataclass(frozen=True)
class ModelRefs:
    """What other modules provide. Keys of the maps are container keys (`modules.model.spec.containers`).

    `images`: image URI with its digest (`...@sha256:<64 hex digits>`). `artifacts`: S3 URL of the model data, a prefix for
    uncompressed and multi-model containers. `subnet_ids` and `security_group_ids`: those of the environment's network, for a
    model with `network: private`. `fingerprint`: for each image and artifact that is a token, the literal behind it, under
    `image/<key>` or `artifact/<key>`, and for subnets and groups that are tokens, under `network`, what says which network they
    are of; any further entry changes the name too.
    """

    execution_role_arn: str
    images: Mapping[str, str]
    artifacts: Mapping[str, str] = field(default_factory=dict)
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    subnet_ids: Sequence[str] = ()
    security_group_ids: Sequence[str] = ()


@dataclass(frozen=True)
class ModelOutputs:
    """What others need of a model."""

    name: str = output("Name of the model; it ends in a hash of everything the model is made of.")
    arn: str = output("ARN of the model.")


class Model(Construct):
    """`project-environment-<name>-<hash>`: any change makes a new model before the old one goes (SageMaker models are immutable).

    `literal_name` is the name as plain text: the fingerprint for whatever refers to this model.
    """

    def __init__(self, scope: Construct, id: str, *, naming: Naming, name: str, spec: AnyModelSpec, refs: ModelRefs) -> None:
        super().__init__(scope, id)
        self._spec = spec
        self._refs = refs
        attributes = self._attributes()
        self.literal_name = content_name(self, naming, name, attributes, refs.fingerprint, known=self._values_without_literal())
        self._model = self._create_model(attributes)
        self.outputs = ModelOutputs(name=self._model.name, arn=self._model.arn)

    def _create_model(self, attributes: Mapping[str, Any]) -> Any:
        return aws.sagemaker_model.SagemakerModel(
            self,
            "model",
            name=self.literal_name,
            lifecycle=cdktf.TerraformResourceLifecycle(create_before_destroy=True),
            **typed(aws.sagemaker_model, "SagemakerModel", attributes),
        )

    def _attributes(self) -> dict[str, Any]:
        spec = self._spec
        bodies = [self._container(key, container) for key, container in containers_of(spec).items()]
        attributes: dict[str, Any] = {
            "execution_role_arn": self._refs.execution_role_arn,
            "enable_network_isolation": spec.enable_network_isolation,
        }
        if isinstance(spec, PipelineModelSpec):
            attributes |= {"container": bodies, "inference_execution_config": {"mode": spec.inference_execution_config.mode}}
        else:
            attributes |= {"primary_container": bodies[0]}
        if spec.in_vpc:
            attributes["vpc_config"] = self._vpc_config()
        return attributes

    def _vpc_config(self) -> dict[str, list[str]]:
        own, refs = self._spec.vpc_config, self._refs
        if own is not None:
            return {"subnets": sorted(own.subnets), "security_group_ids": sorted(own.security_group_ids)}
        if not (refs.subnet_ids and refs.security_group_ids):
            raise ValueError("network: private needs refs.subnet_ids and refs.security_group_ids")
        return {"subnets": list(refs.subnet_ids), "security_group_ids": list(refs.security_group_ids)}

    def _container(self, key: str, container: AnyContainerSpec) -> dict[str, Any]:
        body: dict[str, Any] = {"image": _by_digest(key, self._refs.images[key])}
        if container.environment:
            body["environment"] = dict(container.environment)
        hostname = container.name if isinstance(container, PipelineContainerSpec) else container.container_hostname
        if hostname:
            body["container_hostname"] = hostname
        if container.image_config:
            body["image_config"] = _image_config(container.image_config)
        return body | self._model_data(key, container)

    def _model_data(self, key: str, container: AnyContainerSpec) -> dict[str, Any]:
        if not has_artifact(container):
            return {}
        url = self._refs.artifacts[key]
        if isinstance(container, MultiModelContainerSpec):
            multi_model_config = {"model_cache_setting": container.model_cache_setting}
            return {"mode": "MultiModel", "model_data_url": url, "multi_model_config": multi_model_config}
        if container.model_data == "uncompressed":
            source = {"s3_uri": url, "s3_data_type": "S3Prefix", "compression_type": "None"}
            return {"model_data_source": {"s3_data_source": [source]}}
        return {"model_data_url": url}

    def _values_without_literal(self) -> list[str]:
        sources = {"image": self._refs.images, "artifact": self._refs.artifacts}
        values = {f"{what}/{key}": value for what, by_key in sources.items() for key, value in by_key.items()}
        values |= {f"network/{value}": value for value in (*self._refs.subnet_ids, *self._refs.security_group_ids)}
        known = self._refs.fingerprint
        return [value for key, value in values.items() if key not in known and not (key.startswith("network/") and "network" in known)]


def _by_digest(key: str, image: str) -> str:
    if not is_token(image) and "@sha256:" not in image:
        raise ValueError(f"image {image!r} of container {key} has no digest; a tag may move: refer to it as repository@sha256:...")
    return image


def _image_config(config: ImageConfig) -> dict[str, Any]:
    body: dict[str, Any] = {"repository_access_mode": config.repository_access_mode}
    if config.repository_credentials_provider_arn:
        body["repository_auth_config"] = {"repository_credentials_provider_arn": config.repository_credentials_provider_arn}
    return body

"""A SageMaker endpoint configuration under a name that changes with its content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.blocks import content_name, typed
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws, cdktf
from modules.endpoint_config.blocks import EndpointConfigRefs, async_inference_config, data_capture_config, variant_block
from modules.endpoint_config.fit import volume_key_reason
from modules.endpoint_config.spec import AnyEndpointConfigSpec, AsynchronousConfig, InstancesConfig, ServerlessConfig
from modules.endpoint_config.variants import InstanceVariant, ServerlessVariant

__all__ = ["EndpointConfig", "EndpointConfigOutputs", "EndpointConfigRefs"]


@dataclass(frozen=True)
class EndpointConfigOutputs:
    """What others need of an endpoint configuration."""

    name: str = output("Name of the endpoint configuration; it ends in a hash of its content.")
    arn: str = output("ARN of the endpoint configuration.")
    volume_key_reason: str | None = output("Why the volumes have no customer managed key; absent when they have one.")


class EndpointConfig(Construct):
    """`project-environment-<name>-<hash>`: any change makes a new configuration before the old one goes.

    Terraform ignores differences in the variants as long as the name stays: what scaling changes at run time survives an
    apply. A changed option changes the name, and then the options count again.
    """

    def __init__(
        self, scope: Construct, id: str, *, naming: Naming, name: str, spec: AnyEndpointConfigSpec, refs: EndpointConfigRefs
    ) -> None:
        super().__init__(scope, id)
        self._name = name
        self._spec = spec
        self._refs = refs
        self._key_reason = volume_key_reason(spec)
        attributes = self._attributes()
        self.literal_name = content_name(self, naming, name, attributes, self._fingerprint(), known=self._names_without_literal())
        self._config = self._create_config(attributes)
        self.outputs = EndpointConfigOutputs(name=self._config.name, arn=self._config.arn, volume_key_reason=self._key_reason)

    def _create_config(self, attributes: Mapping[str, Any]) -> Any:
        ignored = [key for key in ("production_variants", "shadow_production_variants") if attributes.get(key)]
        config = aws.sagemaker_endpoint_configuration.SagemakerEndpointConfiguration(
            self,
            "config",
            name=self.literal_name,
            lifecycle=cdktf.TerraformResourceLifecycle(create_before_destroy=True, ignore_changes=ignored),
            **typed(aws.sagemaker_endpoint_configuration, "SagemakerEndpointConfiguration", attributes),
        )
        if self._key_reason:
            config.add_override("//.volume_key_reason", self._key_reason)
        return config

    def _attributes(self) -> dict[str, Any]:
        spec, refs = self._spec, self._refs
        attributes: dict[str, Any] = {"production_variants": self._variants(spec.variants)}
        if self._key_reason is None:
            attributes["kms_key_arn"] = refs.kms_key_arn
        if isinstance(spec, InstancesConfig) and spec.shadow_variants:
            attributes["shadow_production_variants"] = self._variants(spec.shadow_variants)
        if isinstance(spec, AsynchronousConfig):
            attributes["async_inference_config"] = async_inference_config(spec.hosting, self._name, refs)
        capture = None if isinstance(spec, ServerlessConfig) else spec.data_capture
        if capture and capture.sampling_percentage:
            attributes["data_capture_config"] = data_capture_config(capture, self._name, refs)
        return attributes

    def _variants(self, variants: Sequence[InstanceVariant | ServerlessVariant]) -> list[dict[str, Any]]:
        return [variant_block(variant, self._refs) for variant in variants]

    def _models(self) -> set[str]:
        spec = self._spec
        shadow = spec.shadow_variants if isinstance(spec, InstancesConfig) else ()
        return {variant.model for variant in (*spec.variants, *shadow)}

    def _fingerprint(self) -> dict[str, str]:
        """Without models that no variant uses: their releases must not touch this endpoint."""
        used = {f"model/{key}" for key in self._models()}
        return {key: value for key, value in self._refs.fingerprint.items() if key in used or not key.startswith("model/")}

    def _names_without_literal(self) -> list[str]:
        return [self._refs.model_names[key] for key in self._models() if f"model/{key}" not in self._refs.fingerprint]

"""Rules between an endpoint configuration and what it points at: instance types and models."""

from __future__ import annotations

from collections.abc import Mapping

from modules._shared.instance_types import InstanceType, lookup
from modules.endpoint_config.spec import AnyEndpointConfigSpec, InstancesConfig, ServerlessConfig
from modules.endpoint_config.variants import InstanceVariant

Problem = tuple[str, str]


def instance_variants(spec: AnyEndpointConfigSpec) -> list[tuple[str, InstanceVariant]]:
    """All variants that run on instances, each with its path such as `variants[0]`."""
    if isinstance(spec, ServerlessConfig):
        return []
    shadow = spec.shadow_variants if isinstance(spec, InstancesConfig) else ()
    found = [(f"variants[{index}]", variant) for index, variant in enumerate(spec.variants)]
    return found + [(f"shadow_variants[{index}]", variant) for index, variant in enumerate(shadow)]


def check_instances(spec: AnyEndpointConfigSpec) -> list[Problem]:
    """What the instance types do not allow: `(path, message)` each. Types must be known (`lookup`)."""
    problems = []
    for path, variant in instance_variants(spec):
        kind = _type(variant)
        if kind.local_nvme and variant.volume_size_in_gb is not None:
            problems.append(
                (f"{path}.volume_size_in_gb", f"{variant.instance_type} stores on local NVMe and takes no volume size; remove it")
            )
        if variant.inference_ami_version and "-gpu-" in variant.inference_ami_version and not kind.gpus:
            problems.append((f"{path}.inference_ami_version", f"{variant.instance_type} has no GPU; the AMI is for GPU instances"))
    return problems


def check_model(spec: AnyEndpointConfigSpec, *, model_kind: str, enable_network_isolation: bool, in_vpc: bool) -> list[Problem]:
    """What hosting kind and model do not allow together, as `(option of the model, message)`.

    Serverless inference supports neither network isolation, VPC, multi-model containers nor pipelines (AWS: "Serverless
    Inference feature exclusions").
    """
    if not isinstance(spec, ServerlessConfig):
        return []
    rules: Mapping[str, tuple[bool, str]] = {
        "kind": (model_kind != "single", f"a {model_kind} model"),
        "enable_network_isolation": (enable_network_isolation, "network isolation (set enable_network_isolation: false)"),
        "vpc_config": (in_vpc, "a model in a VPC"),
    }
    return [(option, f"serverless inference does not support {what}") for option, (broken, what) in rules.items() if broken]


def _type(variant: InstanceVariant) -> InstanceType:
    try:
        return lookup(variant.instance_type)
    except KeyError:
        raise ValueError(f"variant {variant.variant_name}: SageMaker offers no instance type {variant.instance_type} for hosting") from None


def volume_key_reason(spec: AnyEndpointConfigSpec) -> str | None:
    """Why the configuration must not name a volume key, or None when it has to name one.

    AWS refuses `KmsKeyId` when any variant's instance type has local NVMe (hardware-encrypted with a key that is
    destroyed on stop) and for serverless variants, which have no volume.
    """
    if isinstance(spec, ServerlessConfig):
        return "serverless variants have no storage volume"
    types = sorted({variant.instance_type for _, variant in instance_variants(spec) if _type(variant).local_nvme})
    if not types:
        return None
    return f"SageMaker refuses a volume key for {', '.join(types)}: local NVMe, encrypted by the hardware"

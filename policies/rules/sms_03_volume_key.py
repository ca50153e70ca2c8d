"""The key of the instances' storage volumes."""

from __future__ import annotations

from modules._shared.instance_types import lookup
from policies.estate import Estate, Resource, is_reference
from policies.rule import NOT_APPLICABLE, PASS, Rule, Verdict, fail, unknown


def _check(config: Resource, _: Estate) -> Verdict:
    variants = [*config.blocks("production_variants"), *config.blocks("shadow_production_variants")]
    types = [variant.get("instance_type") for variant in variants if not variant.get("serverless_config")]
    if not types:
        return NOT_APPLICABLE
    if unread := [str(kind) for kind in types if kind is None or is_reference(kind)]:
        return unknown(f"instance_type is {', '.join(unread)}")
    local, strange = _local_storage([str(kind) for kind in types])
    if strange:
        return unknown(f"{', '.join(strange)}: not in modules/_shared/instance_types.json")
    key = config.get("kms_key_arn")
    if key and local:
        return fail(f"kms_key_arn is set, and SageMaker refuses it for {', '.join(local)}, whose local disks encrypt themselves")
    return PASS if key or len(local) == len(types) else fail("kms_key_arn is not set")


def _local_storage(types: list[str]) -> tuple[list[str], list[str]]:
    local, strange = [], []
    for kind in types:
        try:
            local += [kind] if lookup(kind).local_nvme else []
        except KeyError:
            strange.append(kind)
    return local, strange


RULE = Rule(
    id="CKV_SLIPWAY_3",
    title="Ensure an endpoint's volumes are encrypted with a customer key, except on types with local NVMe disks",
    why="CKV_AWS_98 demands the key everywhere, but CreateEndpointConfig rejects KmsKeyId for Nitro types with local storage.",
    fix="set kms_key_arn, or drop it where a variant uses a type with local storage",
    applies_to=("aws_sagemaker_endpoint_configuration",),
    check=_check,
    alone=True,
)

"""The blocks of an endpoint configuration, as plain Terraform attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modules.endpoint_config.spec import AsynchronousHosting, DataCapture
from modules.endpoint_config.variants import InstanceVariant, ServerlessVariant


@dataclass(frozen=True)
class EndpointConfigRefs:
    """What other modules provide.

    `model_names`: model key -> name of the SageMaker model. `kms_key_arn` encrypts volumes, captured data, async output and core
    dumps. `data_capture_s3_uri`, `async_output_s3_uri`: bucket (and prefix) as `s3://...`, needed when the spec uses them; the
    endpoint's name is added. `fingerprint`: for each model name that is a token, the literal name under `model/<key>`.
    """

    model_names: Mapping[str, str]
    kms_key_arn: str
    data_capture_s3_uri: str | None = None
    async_output_s3_uri: str | None = None
    fingerprint: Mapping[str, str] = field(default_factory=dict)


def variant_block(variant: InstanceVariant | ServerlessVariant, refs: EndpointConfigRefs) -> dict[str, Any]:
    """A `production_variants` or `shadow_production_variants` block."""
    body: dict[str, Any] = {
        "variant_name": variant.variant_name,
        "model_name": refs.model_names[variant.model],
        "initial_variant_weight": variant.initial_variant_weight,
    }
    if isinstance(variant, ServerlessVariant):
        return body | {"serverless_config": _serverless(variant)}
    return body | _on_instances(variant, refs)


def _serverless(variant: ServerlessVariant) -> dict[str, Any]:
    return _without_none(
        memory_size_in_mb=variant.memory_size_in_mb,
        max_concurrency=variant.max_concurrency,
        provisioned_concurrency=variant.provisioned_concurrency,
    )


def _on_instances(variant: InstanceVariant, refs: EndpointConfigRefs) -> dict[str, Any]:
    scaling, dump = variant.managed_instance_scaling, variant.core_dump_config
    return _without_none(
        instance_type=variant.instance_type,
        initial_instance_count=variant.initial_instance_count,
        volume_size_in_gb=variant.volume_size_in_gb,
        model_data_download_timeout_in_seconds=variant.model_data_download_timeout_in_seconds,
        container_startup_health_check_timeout_in_seconds=variant.container_startup_health_check_timeout_in_seconds,
        inference_ami_version=variant.inference_ami_version,
        enable_ssm_access=variant.enable_ssm_access or None,
        routing_config=[{"routing_strategy": variant.routing_strategy}],
        managed_instance_scaling=scaling.model_dump() if scaling else None,
        core_dump_config={"destination_s3_uri": dump.destination_s3_uri, "kms_key_id": refs.kms_key_arn} if dump else None,
    )


def data_capture_config(capture: DataCapture, name: str, refs: EndpointConfigRefs) -> dict[str, Any]:
    """The `data_capture_config` block. Raises ValueError when `refs` has no destination."""
    headers = _without_none(
        json_content_types=sorted(capture.json_content_types) or None, csv_content_types=sorted(capture.csv_content_types) or None
    )
    body = {
        "enable_capture": True,
        "initial_sampling_percentage": capture.sampling_percentage,
        "destination_s3_uri": f"{_needed(refs.data_capture_s3_uri, 'data_capture_s3_uri')}/{name}",
        "kms_key_id": refs.kms_key_arn,
        "capture_options": [{"capture_mode": mode} for mode in capture.capture_modes],
    }
    return body | ({"capture_content_type_header": headers} if headers else {})


def async_inference_config(hosting: AsynchronousHosting, name: str, refs: EndpointConfigRefs) -> dict[str, Any]:
    """The `async_inference_config` block. Raises ValueError when neither spec nor `refs` say where results go."""
    output: dict[str, Any] = {
        "s3_output_path": hosting.s3_output_path or f"{_needed(refs.async_output_s3_uri, 'async_output_s3_uri')}/{name}/output",
        "s3_failure_path": hosting.s3_failure_path or f"{_needed(refs.async_output_s3_uri, 'async_output_s3_uri')}/{name}/failure",
        "kms_key_id": refs.kms_key_arn,
    }
    notification = _without_none(
        success_topic=hosting.success_topic,
        error_topic=hosting.error_topic,
        include_inference_response_in=sorted(hosting.include_inference_response_in) or None,
    )
    if notification:
        output["notification_config"] = notification
    body: dict[str, Any] = {"output_config": output}
    if hosting.max_concurrent_invocations_per_instance:
        body["client_config"] = {"max_concurrent_invocations_per_instance": hosting.max_concurrent_invocations_per_instance}
    return body


def _needed(uri: str | None, name: str) -> str:
    if uri is None:
        raise ValueError(f"refs.{name} is needed: the options say nothing else about where the data goes")
    return uri.rstrip("/")


def _without_none(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}

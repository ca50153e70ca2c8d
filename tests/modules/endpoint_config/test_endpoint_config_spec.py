"""Options of an endpoint configuration: what is refused, in which words, and what fits what."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from modules.endpoint_config.fit import check_instances, check_model, volume_key_reason
from modules.endpoint_config.spec import EndpointConfigSpec
from tests.modules.support import messages


def variant(**options: Any) -> dict[str, Any]:
    return {"variant_name": "main", "model": "wine", "instance_type": "ml.m5.large", "initial_instance_count": 1, **options}


def serverless(**options: Any) -> dict[str, Any]:
    return {"variant_name": "main", "model": "wine", "memory_size_in_mb": 2048, "max_concurrency": 5, **options}


def instances(*variants: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"hosting": {"kind": "instances"}, "variants": list(variants) or [variant()], **options}


def on_serverless(**options: Any) -> dict[str, Any]:
    return {"hosting": {"kind": "serverless"}, "variants": [serverless(**options)]}


def asynchronous(**hosting: Any) -> dict[str, Any]:
    return {"hosting": {"kind": "asynchronous", **hosting}, "variants": [variant()]}


TOPIC = "arn:aws:sns:eu-west-1:111111111111:done"


@pytest.mark.parametrize(
    "options",
    [
        instances(),
        {"variants": [variant()]},
        instances(variant(initial_variant_weight=9), variant(variant_name="b", initial_variant_weight=1)),
        instances(variant(initial_variant_weight=0.25), variant(variant_name="b", initial_variant_weight=0)),
        instances(shadow_variants=[variant(variant_name="shadow")]),
        instances(data_capture={"sampling_percentage": 0}),
        on_serverless(provisioned_concurrency=5),
        asynchronous(success_topic=TOPIC, include_inference_response_in=["SUCCESS_NOTIFICATION_TOPIC"]),
    ],
)
def test_taken(options: dict[str, Any]) -> None:
    assert messages(EndpointConfigSpec, options) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (instances(variant(initial_variant_weight=0.9)), "0.9 is not exact in the 32-bit float SageMaker keeps weights in"),
        (instances(variant(initial_variant_weight=0.9)), "whole numbers such as 9 and 1"),
        (instances(variant(initial_variant_weight=1e39)), "too large for the 32-bit float"),
        (instances(variant(initial_variant_weight=-1)), "greater than or equal to 0"),
        (instances(variant(initial_variant_weight=0)), "needs an initial_variant_weight above 0"),
        (instances(variant(), variant()), "variant names must be unique; used twice: main"),
        (instances(variant(), shadow_variants=[variant()]), "used twice: main"),
        (instances(variant(), variant(variant_name="b"), shadow_variants=[variant(variant_name="s")]), "exactly one production variant"),
        (instances(*[variant(variant_name=f"v{i}") for i in range(11)]), "at most 10 item"),
        ({"hosting": {"kind": "instances"}, "variants": []}, "at least 1 item"),
        (instances(variant(variant_name="a_b")), "should match pattern"),
        (instances(variant(instance_type="m5.large")), "should match pattern"),
        (instances(variant(initial_instance_count=0)), "greater than or equal to 1"),
        (instances(variant(volume_size_in_gb=513)), "less than or equal to 512"),
        (instances(variant(container_startup_health_check_timeout_in_seconds=59)), "greater than or equal to 60"),
        (instances(variant(model_data_download_timeout_in_seconds=3601)), "less than or equal to 3600"),
        (instances(variant(routing_strategy="ROUND_ROBIN")), "'LEAST_OUTSTANDING_REQUESTS' or 'RANDOM'"),
        (
            instances(variant(managed_instance_scaling={"min_instance_count": 3, "max_instance_count": 2})),
            "min_instance_count 3 is above max_instance_count 2",
        ),
        (
            instances(variant(initial_instance_count=4, managed_instance_scaling={"max_instance_count": 2})),
            "initial_instance_count 4 is above managed_instance_scaling.max_instance_count 2",
        ),
        (instances(variant(core_dump_config={"destination_s3_uri": "dumps"})), "should match pattern"),
        (instances(data_capture={"sampling_percentage": 101}), "less than or equal to 100"),
        (instances(data_capture={"sampling_percentage": 1, "json_content_types": ["json"]}), "should match pattern"),
        (instances(data_capture={"sampling_percentage": 1, "json_content_types": ["text/csv"]}), "text/csv cannot be JSON and CSV at once"),
        (instances(variant(memory_size_in_mb=2048)), "Extra inputs are not permitted"),
        (on_serverless(memory_size_in_mb=1500), "1024, 2048, 3072, 4096, 5120 or 6144"),
        (on_serverless(max_concurrency=201), "less than or equal to 200"),
        (on_serverless(provisioned_concurrency=6), "provisioned_concurrency 6 is above max_concurrency 5"),
        (on_serverless(instance_type="ml.m5.large"), "Extra inputs are not permitted"),
        (on_serverless() | {"data_capture": {"sampling_percentage": 1}}, "Extra inputs are not permitted"),
        (asynchronous(success_topic="arn:aws:sqs:eu-west-1:111111111111:q"), "should match pattern"),
        (asynchronous(include_inference_response_in=["ERROR_NOTIFICATION_TOPIC"]), "error_topic is not set"),
        (asynchronous(max_concurrent_invocations_per_instance=1001), "less than or equal to 1000"),
        (asynchronous(s3_output_path="https://bucket/"), "should match pattern"),
        ({"hosting": {"kind": "batch"}, "variants": []}, "'instances', 'serverless', 'asynchronous'"),
    ],
)
def test_refused(options: dict[str, Any], message: str) -> None:
    found = messages(EndpointConfigSpec, options)
    assert len(found) == 1 and message in found[0], found


@given(st.floats(min_value=0, max_value=1e30, allow_nan=False))
def test_weights_are_taken_exactly_when_32_bits_hold_them(weight: float) -> None:
    second = variant(variant_name="b")
    exact = struct.unpack("f", struct.pack("f", weight))[0] == weight
    assert (messages(EndpointConfigSpec, instances(variant(initial_variant_weight=weight), second)) == []) is exact


def parse(options: dict[str, Any]) -> Any:
    return TypeAdapter(EndpointConfigSpec).validate_python(options)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (instances(), None),
        (instances(variant(instance_type="ml.g5.xlarge")), "ml.g5.xlarge"),
        (instances(variant(), variant(variant_name="b", instance_type="ml.m5d.large")), "ml.m5d.large"),
        (instances(shadow_variants=[variant(variant_name="s", instance_type="ml.g4dn.xlarge")]), "ml.g4dn.xlarge"),
        (on_serverless(), "serverless variants have no storage volume"),
    ],
)
def test_volume_key(options: dict[str, Any], reason: str | None) -> None:
    found = volume_key_reason(parse(options))
    assert (found is None) if reason is None else (found is not None and reason in found)


def test_instances_must_fit() -> None:
    spec = parse(
        instances(
            variant(instance_type="ml.g5.xlarge", volume_size_in_gb=30),
            shadow_variants=[variant(variant_name="s", inference_ami_version=AMI)],
        )
    )
    assert [path for path, _ in check_instances(spec)] == ["variants[0].volume_size_in_gb", "shadow_variants[0].inference_ami_version"]
    assert check_instances(parse(instances(variant(volume_size_in_gb=30)))) == []
    assert check_instances(parse(on_serverless())) == []


AMI = "al2-ami-sagemaker-inference-gpu-2"


def test_serverless_models() -> None:
    found = check_model(parse(on_serverless()), model_kind="pipeline", enable_network_isolation=True, in_vpc=True)
    assert [option for option, _ in found] == ["kind", "enable_network_isolation", "vpc_config"]
    assert check_model(parse(on_serverless()), model_kind="single", enable_network_isolation=False, in_vpc=False) == []
    assert check_model(parse(instances()), model_kind="pipeline", enable_network_isolation=True, in_vpc=True) == []


def test_unknown_instance_type_is_said() -> None:
    with pytest.raises(ValueError, match=r"variant main: SageMaker offers no instance type ml\.m5\.tiny for hosting"):
        volume_key_reason(parse(instances(variant(instance_type="ml.m5.tiny"))))

"""Every option of an endpoint configuration reaches the Terraform JSON, and every change changes the name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from modules._shared.naming import Naming
from modules.endpoint_config import example
from modules.endpoint_config.spec import EndpointConfigSpec
from tests.modules.support import all_options, at, resource, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
TOPIC = "arn:aws:sns:eu-west-1:111111111111:topic"
FIRST = "production_variants[0]"


def variant(**options: Any) -> dict[str, Any]:
    return {"variant_name": "main", "model": "wine", "instance_type": "ml.m5.large", "initial_instance_count": 3, **options}


def instances(_variant: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    return {"variants": [_variant or variant()], **options}


def serverless(**options: Any) -> dict[str, Any]:
    body = {"variant_name": "main", "model": "wine", "memory_size_in_mb": 3072, "max_concurrency": 7, **options}
    return {"hosting": {"kind": "serverless"}, "variants": [body]}


def asynchronous(**hosting: Any) -> dict[str, Any]:
    return {"hosting": {"kind": "asynchronous", **hosting}, "variants": [variant()]}


def capture(**options: Any) -> dict[str, Any]:
    return instances(data_capture={"sampling_percentage": 25, **options})


@dataclass(frozen=True)
class Case:
    """Options, and where one of them ends up."""

    option: str
    options: dict[str, Any]
    path: str
    expected: Any


def on_instance(option: str, value: Any, path: str = "", expected: Any = None) -> Case:
    return Case(f"InstanceVariant.{option}", instances(variant(**{option: value})), f"{FIRST}.{path or option}", expected or value)


SCALING = {"status": "DISABLED", "min_instance_count": 2, "max_instance_count": 5}
SHADOW = {"shadow_variants": [variant(variant_name="shadow", core_dump_config={"destination_s3_uri": "s3://dumps/x"})]}
NOTIFY = {"success_topic": TOPIC + "1", "error_topic": TOPIC + "2", "include_inference_response_in": ["ERROR_NOTIFICATION_TOPIC"]}
OUTPUT = "async_inference_config.output_config"
CASES = [
    Case("InstancesConfig.hosting", instances(), "async_inference_config", None),
    Case("InstancesHosting.kind", instances(hosting={"kind": "instances"}), f"{FIRST}.serverless_config", None),
    Case("InstancesConfig.variants", instances(), f"{FIRST}.model_name", "wine-1"),
    Case("InstancesConfig.shadow_variants", instances(**SHADOW), "shadow_production_variants[0].variant_name", "shadow"),
    Case("InstancesConfig.data_capture", capture(), "data_capture_config.destination_s3_uri", "s3://capture/<id>"),
    on_instance("variant_name", "a"),
    Case("InstanceVariant.model", instances(variant(model="other")), f"{FIRST}.model_name", "other-1"),
    on_instance("instance_type", "ml.c5.xlarge"),
    on_instance("initial_instance_count", 4),
    on_instance("initial_variant_weight", 0.5),
    on_instance("volume_size_in_gb", 50),
    on_instance("model_data_download_timeout_in_seconds", 600),
    on_instance("container_startup_health_check_timeout_in_seconds", 700),
    Case(
        "InstanceVariant.inference_ami_version",
        instances(variant(instance_type="ml.g5.xlarge", inference_ami_version="al2-ami-sagemaker-inference-gpu-2")),
        f"{FIRST}.inference_ami_version",
        "al2-ami-sagemaker-inference-gpu-2",
    ),
    on_instance("enable_ssm_access", True),
    on_instance("routing_strategy", "RANDOM", "routing_config[0].routing_strategy"),
    on_instance("managed_instance_scaling", SCALING),
    on_instance("managed_instance_scaling", SCALING, "managed_instance_scaling.status", "DISABLED"),
    on_instance("core_dump_config", {"destination_s3_uri": "s3://dumps"}, expected={"destination_s3_uri": "s3://dumps", "kms_key_id": KEY}),
    *(
        Case(
            f"ManagedInstanceScaling.{key}",
            instances(variant(managed_instance_scaling=SCALING)),
            f"{FIRST}.managed_instance_scaling.{key}",
            value,
        )
        for key, value in SCALING.items()
    ),
    Case("CoreDumpConfig.destination_s3_uri", instances(**SHADOW), "shadow_production_variants[0].core_dump_config.kms_key_id", KEY),
    Case("DataCapture.sampling_percentage", capture(), "data_capture_config.initial_sampling_percentage", 25),
    Case("DataCapture.sampling_percentage", capture(sampling_percentage=0), "data_capture_config", None),
    Case("DataCapture.capture_modes", capture(capture_modes=["Input"]), "data_capture_config.capture_options", [{"capture_mode": "Input"}]),
    Case(
        "DataCapture.json_content_types",
        capture(json_content_types=["b/json", "a/json"]),
        "data_capture_config.capture_content_type_header.json_content_types",
        ["a/json", "b/json"],
    ),
    Case(
        "DataCapture.csv_content_types",
        capture(csv_content_types=[]),
        "data_capture_config.capture_content_type_header",
        {"json_content_types": ["application/json"]},
    ),
    Case("ServerlessConfig.hosting", serverless(), "kms_key_arn", None),
    Case("ServerlessHosting.kind", serverless(), f"{FIRST}.instance_type", None),
    Case("ServerlessConfig.variants", serverless(), f"{FIRST}.variant_name", "main"),
    Case("ServerlessVariant.variant_name", serverless(variant_name="a"), f"{FIRST}.variant_name", "a"),
    Case("ServerlessVariant.model", serverless(model="other"), f"{FIRST}.model_name", "other-1"),
    Case("ServerlessVariant.initial_variant_weight", serverless(initial_variant_weight=2), f"{FIRST}.initial_variant_weight", 2),
    Case("ServerlessVariant.memory_size_in_mb", serverless(), f"{FIRST}.serverless_config.memory_size_in_mb", 3072),
    Case("ServerlessVariant.max_concurrency", serverless(), f"{FIRST}.serverless_config.max_concurrency", 7),
    Case(
        "ServerlessVariant.provisioned_concurrency",
        serverless(provisioned_concurrency=3),
        f"{FIRST}.serverless_config.provisioned_concurrency",
        3,
    ),
    Case("AsynchronousConfig.hosting", asynchronous(), f"{OUTPUT}.s3_output_path", "s3://results/<id>/output"),
    Case("AsynchronousHosting.kind", asynchronous(), f"{OUTPUT}.kms_key_id", KEY),
    Case("AsynchronousConfig.variants", asynchronous(), f"{FIRST}.instance_type", "ml.m5.large"),
    Case(
        "AsynchronousConfig.data_capture",
        asynchronous() | {"data_capture": {"sampling_percentage": 5}},
        "data_capture_config.initial_sampling_percentage",
        5,
    ),
    Case("AsynchronousHosting.s3_output_path", asynchronous(s3_output_path="s3://own/x"), f"{OUTPUT}.s3_output_path", "s3://own/x"),
    Case("AsynchronousHosting.s3_failure_path", asynchronous(s3_failure_path="s3://own/f"), f"{OUTPUT}.s3_failure_path", "s3://own/f"),
    Case("AsynchronousHosting.success_topic", asynchronous(**NOTIFY), f"{OUTPUT}.notification_config.success_topic", TOPIC + "1"),
    Case("AsynchronousHosting.error_topic", asynchronous(**NOTIFY), f"{OUTPUT}.notification_config.error_topic", TOPIC + "2"),
    Case(
        "AsynchronousHosting.include_inference_response_in",
        asynchronous(**NOTIFY),
        f"{OUTPUT}.notification_config.include_inference_response_in",
        ["ERROR_NOTIFICATION_TOPIC"],
    ),
    Case(
        "AsynchronousHosting.max_concurrent_invocations_per_instance",
        asynchronous(max_concurrent_invocations_per_instance=4),
        "async_inference_config.client_config.max_concurrent_invocations_per_instance",
        4,
    ),
]


def refs(**changes: Any) -> Any:
    from modules.endpoint_config.construct import EndpointConfigRefs

    base = EndpointConfigRefs(
        model_names={"wine": "wine-1", "other": "other-1"},
        kms_key_arn=KEY,
        data_capture_s3_uri="s3://capture/",
        async_output_s3_uri="s3://results",
    )
    return replace(base, **changes)


def build(stack: Any, id: str, options: dict[str, Any], name: str = "wine", **changes: Any) -> Any:
    from modules.endpoint_config.construct import EndpointConfig

    spec = TypeAdapter(EndpointConfigSpec).validate_python(options)
    return EndpointConfig(stack, id, naming=NAMING, name=name, spec=spec, refs=refs(**changes))


def add_cases(scope: Any) -> None:
    """All cases side by side, so they must not clash."""
    for index, case in enumerate(CASES):
        build(scope, f"case{index:02}", case.options, f"case{index:02}")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return synth(add_cases)


def config(document: dict[str, Any], path: str = "") -> dict[str, Any]:
    return resource(document, "aws_sagemaker_endpoint_configuration", path)


@pytest.mark.parametrize("index", range(len(CASES)), ids=lambda index: f"{CASES[index].option}-{index}")
def test_option_reaches_the_json(document: dict[str, Any], index: int) -> None:
    case, id = CASES[index], f"case{index:02}"
    expected = case.expected.replace("<id>", id) if isinstance(case.expected, str) else case.expected
    assert at(config(document, f"{id}/"), case.path) == expected


def test_every_option_has_a_case() -> None:
    assert untested(all_options(EndpointConfigSpec), (case.option for case in CASES)) == []


def test_volume_key_is_there_unless_there_is_a_reason() -> None:
    plain = config(synth(lambda stack: build(stack, "e", instances())))
    assert plain["kms_key_arn"] == KEY and "volume_key_reason" not in plain["//"]
    built: list[Any] = []
    nvme = config(synth(lambda stack: built.append(build(stack, "e", capture() | instances(variant(instance_type="ml.g5.xlarge"))))))
    assert "kms_key_arn" not in nvme
    assert "ml.g5.xlarge" in nvme["//"]["volume_key_reason"] == built[0].outputs.volume_key_reason
    assert nvme["//"]["metadata"]["path"] == "test/e/config"


def test_captured_data_keeps_its_key_on_nvme() -> None:
    options = capture() | {"variants": [variant(instance_type="ml.g5.xlarge")]}
    assert at(config(synth(lambda stack: build(stack, "e", options))), "data_capture_config.kms_key_id") == KEY


def test_scaled_counts_survive_an_apply() -> None:
    plain = config(synth(lambda stack: build(stack, "e", instances())))
    assert plain["lifecycle"] == {"create_before_destroy": True, "ignore_changes": ["production_variants"]}
    shadowed = config(synth(lambda stack: build(stack, "e", instances(**SHADOW))))
    assert shadowed["lifecycle"]["ignore_changes"] == ["production_variants", "shadow_production_variants"]


def names(*builds: tuple[dict[str, Any], dict[str, Any]]) -> list[str]:
    found: list[str] = []
    synth(
        lambda stack: [found.append(build(stack, f"c{i}", options, **changes).literal_name) for i, (options, changes) in enumerate(builds)]
    )
    return found


def test_every_case_that_differs_in_content_differs_in_name() -> None:
    """The name is a function of the content, and a one-to-one one: over all cases above."""
    built = synth(lambda stack: [build(stack, f"case{index:02}", case.options) for index, case in enumerate(CASES)])
    bodies = built["resource"]["aws_sagemaker_endpoint_configuration"].values()
    contents = {body["name"]: {k: v for k, v in body.items() if k not in ("//", "name", "lifecycle")} for body in bodies}
    assert all({k: v for k, v in body.items() if k not in ("//", "name", "lifecycle")} == contents[body["name"]] for body in bodies)
    assert len({str(content) for content in contents.values()}) == len(contents)


def test_name_follows_references_too() -> None:
    base = (capture(), {})
    changes: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (capture(), {"model_names": {"wine": "wine-2"}}),
        (capture(), {"kms_key_arn": KEY + "2"}),
        (capture(), {"data_capture_s3_uri": "s3://elsewhere"}),
        (capture(), {"fingerprint": {"model/wine": "behind a token"}}),
    ]
    first, again, *changed = names(base, base, *changes)
    assert first == again and len({first, *changed}) == 1 + len(changes)


def test_name_ignores_models_it_does_not_use() -> None:
    one, other = {"model/wine": "wine-1"}, {"model/wine": "wine-1", "model/other": "other-2"}
    first, second = names((capture(), {"fingerprint": one}), (capture(), {"fingerprint": other}))
    assert first == second


def test_missing_destination_is_said() -> None:
    with pytest.raises(ValueError, match=r"refs\.data_capture_s3_uri is needed"):
        synth(lambda stack: build(stack, "e", capture(), data_capture_s3_uri=None))
    with pytest.raises(ValueError, match=r"refs\.async_output_s3_uri is needed"):
        synth(lambda stack: build(stack, "e", asynchronous(), async_output_s3_uri=None))


def test_model_name_behind_a_token_needs_a_fingerprint() -> None:
    from modules._shared.provider import aws

    def with_token(stack: Any, fingerprint: dict[str, str]) -> None:
        build(stack, "e", instances(), model_names={"wine": aws.kms_key.KmsKey(stack, "k").arn}, fingerprint=fingerprint)

    synth(lambda stack: with_token(stack, {"model/wine": "wine-1"}))
    with pytest.raises(ValueError, match=r"no literal in refs\.fingerprint"):
        synth(lambda stack: with_token(stack, {}))


def test_example() -> None:
    document = synth(example.build)
    assert at(config(document), "data_capture_config.initial_sampling_percentage") == 20

"""Every option of an endpoint reaches the Terraform JSON, wired to what it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.endpoint import example
from modules.endpoint.spec import EndpointSpec
from tests.modules.support import all_options, at, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
TOPIC = "arn:aws:sns:eu-west-1:111111111111:alarms"
ENDPOINT, ALARM, LOGS = "aws_sagemaker_endpoint", "aws_cloudwatch_metric_alarm", "aws_cloudwatch_log_group"
COMPOSITE, WIRED = "aws_cloudwatch_composite_alarm", "deployment_config.auto_rollback_configuration.alarms"
BLUE_GREEN = "deployment_config.blue_green_update_policy"
ROUTING = f"{BLUE_GREEN}.traffic_routing_configuration"
ROLLING = "deployment_config.rolling_update_policy"


@dataclass(frozen=True)
class Case:
    """Options, and where one of them ends up: in the endpoint, or in the resource below `where`."""

    option: str
    options: dict[str, Any]
    path: str
    expected: Any
    kind: str = ENDPOINT
    where: str = ""


def rollout(kind: str, **options: Any) -> dict[str, Any]:
    size = {"kind": "CAPACITY_PERCENT", "value": 20}
    needed = {"all_at_once": "", "canary": "canary_size", "linear": "linear_step_size", "rolling": "maximum_batch_size"}[kind]
    return {"rollout": {"kind": kind, **({needed: size} if needed else {}), **options}}


COUNT = {"kind": "INSTANCE_COUNT", "value": 2}
TWO = {"type": "INSTANCE_COUNT", "value": 2}
TIMEOUT = "maximum_execution_timeout_in_seconds"


def alarm(option: str, key: str, value: Any, path: str = "", **more: Any) -> Case:
    name, suffix = {
        "Invocation5xxAlarm": ("invocation_5xx_errors", "alarm_main_5xx_errors"),
        "ModelLatencyAlarm": ("model_latency", "alarm_main_model_latency"),
    }[option]
    return Case(f"{option}.{key}", {"alarms": {name: {key: value, **more}}}, path or key, value, ALARM, suffix)


def alarm_cases(option: str) -> list[Case]:
    return [
        alarm(option, "period", 120),
        alarm(option, "evaluation_periods", 4),
        alarm(option, "datapoints_to_alarm", 3, evaluation_periods=5),
        alarm(option, "treat_missing_data", "breaching"),
    ]


CASES = [
    Case("EndpointSpec.rollout", rollout("canary"), f"{ROUTING}.type", "CANARY"),
    Case("AllAtOnce.kind", {}, f"{ROUTING}.type", "ALL_AT_ONCE"),
    Case("AllAtOnce.termination_wait_in_seconds", rollout("all_at_once", termination_wait_in_seconds=200), f"{BLUE_GREEN}.termination_wait_in_seconds", 200),
    Case(f"AllAtOnce.{TIMEOUT}", rollout("all_at_once", **{TIMEOUT: 700}), f"{BLUE_GREEN}.{TIMEOUT}", 700),
    Case("Canary.kind", rollout("canary"), f"{ROUTING}.type", "CANARY"),
    Case("Canary.canary_size", rollout("canary", canary_size=COUNT), f"{ROUTING}.canary_size", TWO),
    Case("Canary.wait_interval_in_seconds", rollout("canary", wait_interval_in_seconds=150), f"{ROUTING}.wait_interval_in_seconds", 150),
    Case("Canary.termination_wait_in_seconds", rollout("canary", termination_wait_in_seconds=5), f"{BLUE_GREEN}.termination_wait_in_seconds", 5),
    Case(f"Canary.{TIMEOUT}", rollout("canary", **{TIMEOUT: 1000}), f"{BLUE_GREEN}.{TIMEOUT}", 1000),
    Case("Linear.kind", rollout("linear"), f"{ROUTING}.type", "LINEAR"),
    Case("Linear.linear_step_size", rollout("linear", linear_step_size=COUNT), f"{ROUTING}.linear_step_size", TWO),
    Case("Linear.wait_interval_in_seconds", rollout("linear", wait_interval_in_seconds=150), f"{ROUTING}.wait_interval_in_seconds", 150),
    Case("Linear.termination_wait_in_seconds", rollout("linear", termination_wait_in_seconds=5), f"{BLUE_GREEN}.termination_wait_in_seconds", 5),
    Case(f"Linear.{TIMEOUT}", rollout("linear", **{TIMEOUT: 9000}), f"{BLUE_GREEN}.{TIMEOUT}", 9000),
    Case("Rolling.kind", rollout("rolling"), BLUE_GREEN, None),
    Case("Rolling.maximum_batch_size", rollout("rolling", maximum_batch_size=COUNT), f"{ROLLING}.maximum_batch_size", TWO),
    Case("Rolling.rollback_maximum_batch_size", rollout("rolling", rollback_maximum_batch_size=COUNT), f"{ROLLING}.rollback_maximum_batch_size", TWO),
    Case("Rolling.wait_interval_in_seconds", rollout("rolling", wait_interval_in_seconds=150), f"{ROLLING}.wait_interval_in_seconds", 150),
    Case(f"Rolling.{TIMEOUT}", rollout("rolling", **{TIMEOUT: 9000}), f"{ROLLING}.{TIMEOUT}", 9000),
    Case("CapacitySize.kind", rollout("canary"), f"{ROUTING}.canary_size.type", "CAPACITY_PERCENT"),
    Case("CapacitySize.value", rollout("canary"), f"{ROUTING}.canary_size.value", 20),
    Case("EndpointSpec.alarms", {}, "treat_missing_data", "notBreaching", ALARM, "alarm_main_5xx_errors"),
    Case("Alarms.invocation_5xx_errors", {}, "metric_name", "Invocation5XXErrors", ALARM, "alarm_main_5xx_errors"),
    Case("Alarms.model_latency", {}, "metric_name", "ModelLatency", ALARM, "alarm_main_model_latency"),
    Case(
        "Alarms.alarm_names",
        {"alarms": {"alarm_names": ["mine"], "rollback_on": "each"}},
        f"{WIRED}[2].alarm_name",
        "mine",
    ),
    Case("Alarms.rollback_on", {"alarms": {"alarm_names": ["mine"], "rollback_on": "each"}}, f"{WIRED}[2].alarm_name", "mine"),
    *alarm_cases("Invocation5xxAlarm"),
    *alarm_cases("ModelLatencyAlarm"),
    alarm("Invocation5xxAlarm", "statistic", "Sum", threshold=3),
    alarm("Invocation5xxAlarm", "threshold", 0.5),
    alarm("ModelLatencyAlarm", "extended_statistic", "p95"),
    alarm("ModelLatencyAlarm", "threshold", 250000),
    Case("EndpointSpec.log_retention_in_days", {"log_retention_in_days": 30}, "retention_in_days", 30, LOGS),
]  # fmt: skip


def refs(**changes: Any) -> Any:
    from modules.endpoint.construct import EndpointRefs

    return replace(EndpointRefs("config-1", {"main": 4}, KEY, alarm_topic_arns=[TOPIC]), **changes)


def build(stack: Any, id: str, options: dict[str, Any], **changes: Any) -> Any:
    from modules.endpoint.construct import Endpoint

    return Endpoint(stack, id, naming=NAMING, name=id, spec=EndpointSpec.model_validate(options), refs=refs(**changes))


def add_cases(scope: Any) -> None:
    """All cases side by side, so they must not clash."""
    for index, case in enumerate(CASES):
        build(scope, f"case{index:02}", case.options)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return synth(add_cases)


@pytest.mark.parametrize("index", range(len(CASES)), ids=lambda index: f"{CASES[index].option}-{index}")
def test_option_reaches_the_json(document: dict[str, Any], index: int) -> None:
    case = CASES[index]
    assert at(resource(document, case.kind, f"case{index:02}/{case.where}"), case.path) == case.expected


def test_every_option_has_a_case() -> None:
    assert untested(all_options(EndpointSpec), (case.option for case in CASES)) == []


def test_alarms_watch_each_variant_and_the_endpoint_rolls_back_on_one_over_them() -> None:
    document = synth(lambda stack: build(stack, "wine", {"alarms": {"alarm_names": ["mine"]}}, instance_counts={"a": 2, "b": 2}))
    watched = [(body["metric_name"], body["dimensions"]["VariantName"]) for body in resources(document, ALARM)]
    assert sorted(watched) == [(metric, variant) for metric in ("Invocation5XXErrors", "ModelLatency") for variant in "ab"]
    for body in resources(document, ALARM):
        assert body["dimensions"]["EndpointName"] == "slipway-test-wine"
        assert body["threshold"] == {"Invocation5XXErrors": 0.05, "ModelLatency": 1_000_000}[body["metric_name"]]
        assert body["lifecycle"] == {"create_before_destroy": True}, "it leaves the composite alarm's rule before it goes"
    composite = resource(document, COMPOSITE)
    assert composite["alarm_name"] == "slipway-test-wine-unhealthy"
    rule = {part.removeprefix('ALARM("').removesuffix('")') for part in composite["alarm_rule"].split(" OR ")}
    assert rule == {"mine", *(f"${{{ALARM}.{name}.alarm_name}}" for name in document["resource"][ALARM])}
    (wired,) = at(resource(document, ENDPOINT), WIRED)
    assert wired["alarm_name"] == f"${{{COMPOSITE}.{next(iter(document['resource'][COMPOSITE]))}.alarm_name}}"


def test_one_message_for_one_incident() -> None:
    """The composite alarm tells the topic, and only it: a broken variant sets off several alarms at once."""
    for rollback_on in ("composite", "each"):
        document = synth(lambda stack, on=rollback_on: build(stack, "wine", {"alarms": {"rollback_on": on}}))  # type: ignore[misc]
        composite = resource(document, COMPOSITE)
        assert composite["alarm_actions"] == composite["ok_actions"] == [TOPIC]
        assert all("alarm_actions" not in body for body in resources(document, ALARM))


def test_each_alarm_may_roll_back_by_itself() -> None:
    document = synth(lambda stack: build(stack, "wine", {"alarms": {"rollback_on": "each"}}))
    wired = [item["alarm_name"] for item in at(resource(document, ENDPOINT), WIRED)]
    assert {name.split(".")[1] for name in wired} == set(document["resource"][ALARM])


def test_names_are_known_without_the_construct() -> None:
    from modules._shared.alarm import composite_name
    from modules.endpoint.spec import rollback_alarm_name

    document = synth(lambda stack: build(stack, "wine", {}))
    built = {body["alarm_name"] for body in [*resources(document, ALARM), *resources(document, COMPOSITE)]}
    generated = {rollback_alarm_name("slipway-test-wine", "main", option) for option in EndpointSpec().alarms.generated()}
    assert built == {composite_name(NAMING, "wine"), *generated}


def test_no_topics_no_actions() -> None:
    document = synth(lambda stack: build(stack, "wine", {}, alarm_topic_arns=()))
    assert all("alarm_actions" not in body for body in [*resources(document, ALARM), *resources(document, COMPOSITE)])


def test_log_group_is_there_before_the_endpoint() -> None:
    document = synth(lambda stack: build(stack, "wine", {}))
    group = resource(document, LOGS)
    assert (group["name"], group["kms_key_id"], group["retention_in_days"]) == ("/aws/sagemaker/Endpoints/slipway-test-wine", KEY, 365)
    assert resource(document, ENDPOINT)["depends_on"] == [f"{LOGS}.{next(iter(document['resource'][LOGS]))}"]


def test_name_is_fixed_and_published() -> None:
    document = synth(lambda stack: build(stack, "wine", {}))
    assert resource(document, ENDPOINT)["name"] == "slipway-test-wine"
    published = {body["name"]: body["value"].rsplit(".", 1)[1] for body in resources(document, "aws_ssm_parameter")}
    assert published == {"/slipway/test/endpoints/wine/name": "name}", "/slipway/test/endpoints/wine/arn": "arn}"}


def test_serverless_has_alarms_but_no_guardrails() -> None:
    document = synth(lambda stack: build(stack, "wine", {}, hosting_kind="serverless", instance_counts={"main": 1}))
    assert "deployment_config" not in resource(document, ENDPOINT)
    assert len(resources(document, ALARM)) == 2


def test_what_does_not_fit_is_refused_in_code_too() -> None:
    with pytest.raises(ValueError, match=r"endpoint wine, rollout\.canary_size: 2 of 2 instance"):
        synth(lambda stack: build(stack, "wine", rollout("canary", canary_size=COUNT), instance_counts={"main": 2}))


def test_example() -> None:
    document = synth(example.build)
    assert at(resource(document, ENDPOINT), f"{ROUTING}.wait_interval_in_seconds") == 600

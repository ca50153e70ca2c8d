"""Every option of a variant's scaling reaches the Terraform JSON, and nothing in it undoes what scaling did."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.autoscaling import example
from modules.autoscaling.spec import AutoscalingSpec
from tests.modules.support import all_options, at, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
TOPIC = "arn:aws:sns:eu-west-1:111111111111:alarms"
TARGET, POLICY = "aws_appautoscaling_target", "aws_appautoscaling_policy"
SCHEDULE, ALARM = "aws_appautoscaling_scheduled_action", "aws_cloudwatch_metric_alarm"
TRACKING = "target_tracking_scaling_policy_configuration"
CUSTOM = f"{TRACKING}.customized_metric_specification"
STEPS = "step_scaling_policy_configuration"


@dataclass(frozen=True)
class Case:
    """Options, and where one of them ends up: in the only resource of `kind`."""

    option: str
    options: dict[str, Any]
    kind: str
    path: str
    expected: Any


def spec(*policies: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"min_capacity": 2, "max_capacity": 8, "policies": list(policies), **options}


def tracking(**options: Any) -> dict[str, Any]:
    metric = {} if "custom" in options else {"metric": "SageMakerVariantInvocationsPerInstance"}
    return spec({"kind": "target_tracking", "name": "track", "target_value": 100, **metric, **options})


def custom(**options: Any) -> dict[str, Any]:
    return tracking(custom={"metric_name": "CPUUtilization", **options})


def step(alarm: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    body = {
        "kind": "step",
        "name": "steps",
        "steps": [{"metric_interval_lower_bound": 0, "metric_interval_upper_bound": 1234567.5, "scaling_adjustment": 1},
                  {"metric_interval_lower_bound": 1234567.5, "scaling_adjustment": 3}],
        "alarm": {"metric_name": "ModelLatency", "threshold": 100, **(alarm or {})},
    }  # fmt: skip
    return spec(body | options)


def scheduled(**options: Any) -> dict[str, Any]:
    return spec({"kind": "scheduled", "name": "morning", "schedule": "rate(1 day)", "min_capacity": 3, **options})


def tracked(option: str, value: Any) -> Case:
    return Case(f"TargetTrackingPolicy.{option}", tracking(**{option: value}), POLICY, f"{TRACKING}.{option}", value)


def stepped(option: str, value: Any, **more: Any) -> Case:
    return Case(f"StepPolicy.{option}", step(**{option: value, **more}), POLICY, f"{STEPS}.{option}", value)


def alarmed(option: str, value: Any, **more: Any) -> Case:
    return Case(f"StepAlarm.{option}", step({option: value, **more}), ALARM, option, value)


def planned(option: str, value: Any) -> Case:
    return Case(f"ScheduledPolicy.{option}", scheduled(**{option: value}), SCHEDULE, option, value)


def suspended(option: str) -> Case:
    return Case(f"SuspendedState.{option}", tracking() | {"suspended_state": {option: True}}, TARGET, f"suspended_state.{option}", True)


OWN = [{"name": "EndpointName", "value": "<id>"}, {"name": "VariantName", "value": "main"}]
CASES = [
    Case("AutoscalingSpec.min_capacity", tracking(), TARGET, "min_capacity", 2),
    Case("AutoscalingSpec.max_capacity", tracking(), TARGET, "max_capacity", 8),
    Case("AutoscalingSpec.policies", tracking(), POLICY, "name", "track"),
    Case("AutoscalingSpec.wake_from_zero", spec(min_capacity=0, wake_from_zero=True), ALARM, "metric_name", "HasBacklogWithoutCapacity"),
    Case("AutoscalingSpec.suspended_state", tracking(), TARGET, "suspended_state.scheduled_scaling_suspended", False),
    *map(suspended, ("dynamic_scaling_in_suspended", "dynamic_scaling_out_suspended", "scheduled_scaling_suspended")),
    Case("TargetTrackingPolicy.kind", tracking(), POLICY, "policy_type", "TargetTrackingScaling"),
    Case("TargetTrackingPolicy.name", tracking(name="other"), POLICY, "name", "other"),
    Case("TargetTrackingPolicy.metric", tracking(), POLICY, f"{TRACKING}.predefined_metric_specification",
         {"predefined_metric_type": "SageMakerVariantInvocationsPerInstance"}),
    Case("TargetTrackingPolicy.custom", custom(), POLICY, f"{CUSTOM}.metric_name", "CPUUtilization"),
    tracked("target_value", 70.5),
    tracked("scale_in_cooldown", 10),
    tracked("scale_out_cooldown", 20),
    tracked("disable_scale_in", True),
    Case("CloudWatchMetric.metric_name", custom(), POLICY, f"{CUSTOM}.dimensions", OWN),
    Case("CloudWatchMetric.namespace", custom(), POLICY, f"{CUSTOM}.namespace", "/aws/sagemaker/Endpoints"),
    Case("CloudWatchMetric.namespace", custom(namespace="Mine"), POLICY, f"{CUSTOM}.namespace", "Mine"),
    Case("CloudWatchMetric.statistic", custom(statistic="Maximum"), POLICY, f"{CUSTOM}.statistic", "Maximum"),
    Case("CloudWatchMetric.unit", custom(unit="Percent"), POLICY, f"{CUSTOM}.unit", "Percent"),
    Case("CloudWatchMetric.dimensions", custom(dimensions={"Queue": "q"}), POLICY, f"{CUSTOM}.dimensions", [{"name": "Queue", "value": "q"}]),
    Case("StepPolicy.kind", step(), POLICY, "policy_type", "StepScaling"),
    Case("StepPolicy.name", step(), POLICY, "name", "steps"),
    stepped("adjustment_type", "ExactCapacity"),
    stepped("metric_aggregation_type", "Maximum"),
    stepped("cooldown", 20),
    stepped("min_adjustment_magnitude", 2, adjustment_type="PercentChangeInCapacity"),
    Case("StepPolicy.steps", step(), POLICY, f"{STEPS}.step_adjustment[1]", {"metric_interval_lower_bound": "1.2345675e+06", "scaling_adjustment": 3}),
    Case("StepPolicy.alarm", step(), ALARM, "alarm_name", "slipway-test-<id>-main-steps"),
    Case("Step.metric_interval_lower_bound", step(), POLICY, f"{STEPS}.step_adjustment[0].metric_interval_lower_bound", "0"),
    Case("Step.metric_interval_upper_bound", step(), POLICY, f"{STEPS}.step_adjustment[0].metric_interval_upper_bound", "1.2345675e+06"),
    Case("Step.scaling_adjustment", step(), POLICY, f"{STEPS}.step_adjustment[0].scaling_adjustment", 1),
    alarmed("metric_name", "OverheadLatency"),
    alarmed("namespace", "Mine"),
    alarmed("statistic", "Maximum"),
    alarmed("unit", "Microseconds"),
    alarmed("dimensions", {"Queue": "q"}),
    alarmed("threshold", 12.5),
    alarmed("comparison_operator", "GreaterThanThreshold"),
    alarmed("period", 120),
    alarmed("evaluation_periods", 3),
    alarmed("datapoints_to_alarm", 2, evaluation_periods=4),
    alarmed("treat_missing_data", "ignore"),
    Case("ScheduledPolicy.kind", scheduled(), SCHEDULE, "resource_id", "${aws_appautoscaling_target.case_target.resource_id}"),
    planned("name", "other"),
    planned("schedule", "cron(0 7 ? * MON-FRI *)"),
    planned("timezone", "Europe/Berlin"),
    planned("start_time", "2026-01-31T08:00:00Z"),
    planned("end_time", "2026-01-31T08:00:00Z"),
    Case("ScheduledPolicy.min_capacity", scheduled(), SCHEDULE, "scalable_target_action", {"min_capacity": "3"}),
    Case("ScheduledPolicy.max_capacity", scheduled(max_capacity=4), SCHEDULE, "scalable_target_action.max_capacity", "4"),
]  # fmt: skip


def refs(**changes: Any) -> Any:
    from modules.autoscaling.construct import AutoscalingRefs

    return replace(AutoscalingRefs("slipway-test-wine", "main", instance_type="ml.m5.large", alarm_topic_arns=[TOPIC]), **changes)


def build(stack: Any, id: str, options: dict[str, Any], endpoint: str = "wine", **changes: Any) -> Any:
    from modules.autoscaling.construct import Autoscaling

    return Autoscaling(stack, id, naming=NAMING, endpoint=endpoint, spec=AutoscalingSpec.model_validate(options), refs=refs(**changes))


def kind_of(options: dict[str, Any]) -> str:
    return "asynchronous" if options["min_capacity"] == 0 else "instances"


def add_cases(scope: Any) -> None:
    """All cases side by side, so they must not clash."""
    for index, case in enumerate(CASES):
        id = f"case{index:02}"
        build(scope, id, case.options, endpoint=id, hosting_kind=kind_of(case.options), endpoint_name=id)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return synth(add_cases)


@pytest.mark.parametrize("index", range(len(CASES)), ids=lambda index: f"{CASES[index].option}-{index}")
def test_option_reaches_the_json(document: dict[str, Any], index: int) -> None:
    case = CASES[index]
    found = at(resource(document, case.kind, f"case{index:02}/"), case.path)
    if isinstance(case.expected, str) and case.expected.startswith("${"):
        assert found.startswith("${" + TARGET) and found.endswith(case.expected.rsplit(".", 1)[1])
    else:
        assert json.dumps(found) == json.dumps(case.expected).replace("<id>", f"case{index:02}")


def test_every_option_has_a_case() -> None:
    assert untested(all_options(AutoscalingSpec), (case.option for case in CASES)) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.0, "0"), (10, "10"), (-12.5, "-12.5"), (100000, "100000"), (999999.5, "999999.5"), (1e6, "1e+06"), (1234567, "1.234567e+06"),
     (0.1, "0.1"), (0.0001, "0.0001"), (0.00001, "1e-05"), (1e22, "1e+22"), (-1e100, "-1e+100")],
)  # fmt: skip
def test_numbers_are_spelled_as_the_provider_reads_them_back(value: float, text: str) -> None:
    from modules.autoscaling.blocks import provider_number

    assert provider_number(value) == text


def test_target_depends_on_the_endpoint_by_reference() -> None:
    from modules._shared.provider import aws

    def with_endpoint(stack: Any) -> None:
        endpoint = aws.sagemaker_endpoint.SagemakerEndpoint(stack, "endpoint", name="e", endpoint_config_name="c")
        build(stack, "scaling", tracking(), endpoint_name=endpoint.name)

    target = resource(synth(with_endpoint), TARGET)
    assert target["resource_id"] == "endpoint/${aws_sagemaker_endpoint.endpoint.name}/variant/main"


@pytest.mark.parametrize(("kind", "dimension"), [("instances", "DesiredInstanceCount"), ("serverless", "DesiredProvisionedConcurrency")])
def test_dimension(kind: str, dimension: str) -> None:
    metric = {"serverless": "SageMakerVariantProvisionedConcurrencyUtilization"}.get(kind, "SageMakerVariantInvocationsPerInstance")
    options = tracking(metric=metric, target_value=0.7)
    changes = {"hosting_kind": kind, "instance_type": None, "provisioned_concurrency": 2, "max_concurrency": 20}
    target = resource(synth(lambda stack: build(stack, "s", options, **changes)), TARGET)
    assert target["scalable_dimension"] == f"sagemaker:variant:{dimension}"


@pytest.mark.parametrize(
    ("options", "ignored"),
    [
        (tracking(), None),
        (scheduled(), ["min_capacity"]),
        (scheduled(min_capacity=None, max_capacity=4), ["max_capacity"]),
        (scheduled(max_capacity=4), ["min_capacity", "max_capacity"]),
    ],
)
def test_scheduled_bounds_survive_an_apply(options: dict[str, Any], ignored: list[str] | None) -> None:
    target = resource(synth(lambda stack: build(stack, "s", options)), TARGET)
    assert target.get("lifecycle") == (ignored and {"ignore_changes": ignored})


def test_wake_from_zero() -> None:
    backlog = {"metric_name": "ApproximateBacklogSizePerInstance"}
    options = tracking(custom=backlog) | {"min_capacity": 0, "wake_from_zero": True}
    document = synth(lambda stack: build(stack, "s", options, hosting_kind="asynchronous"))
    queue, wake = sorted(resources(document, POLICY), key=lambda body: body["policy_type"], reverse=True)
    assert (
        at(queue, f"{CUSTOM}.dimensions") == [{"name": "EndpointName", "value": "slipway-test-wine"}]
        and at(queue, f"{CUSTOM}.namespace") == "AWS/SageMaker"
    )
    assert at(wake, f"{STEPS}.step_adjustment") == [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}]
    alarm = resource(document, ALARM)
    assert (alarm["threshold"], alarm["comparison_operator"]) == (1, "GreaterThanOrEqualToThreshold")
    assert alarm["dimensions"] == {"EndpointName": "slipway-test-wine"}
    assert alarm["alarm_actions"][0].startswith("${" + POLICY) and alarm["alarm_actions"][1] == TOPIC


def test_what_does_not_fit_is_refused_in_code_too() -> None:
    with pytest.raises(ValueError, match="endpoint wine, variant main, autoscaling: SageMaker does not scale burstable"):
        synth(lambda stack: build(stack, "s", tracking(), instance_type="ml.t2.medium"))


def test_example() -> None:
    document = synth(example.build)
    assert resource(document, TARGET)["resource_id"] == "endpoint/slipway-example-wine/variant/main"
    assert set(document["output"]) == {"wine_main_resource_id", "wine_main_policy_arns"}

"""Alarms: which there are for what is deployed, every option in the Terraform JSON, and none that could not go off."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.deployed import Deployed, DeployedApi, DeployedEndpoint, DeployedFunction, DeployedService, DeployedVariant
from modules._shared.naming import Naming
from modules._shared.published_metrics import unpublished
from modules.alarms import example, kinds
from modules.alarms.platform import all_rows
from modules.alarms.rows import BELOW, Metric, Row
from modules.alarms.spec import AlarmsSpec
from tests.modules.support import all_options, messages, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
MAIN = DeployedVariant("main", "ml.m5.large", vcpus=2, count=2, min_capacity=2, max_capacity=6)
GPU = DeployedVariant("gpu", "ml.g4dn.12xlarge", vcpus=48, gpus=4)
WINE = DeployedEndpoint("wine", NAMING.name("wine"), "instances", (MAIN, GPU), captures=True)
QUICK = DeployedEndpoint("quick", NAMING.name("quick"), "serverless", (DeployedVariant("only"),))
BATCH = DeployedEndpoint("batch", NAMING.name("batch"), "asynchronous", (DeployedVariant("main", "ml.m5.large", vcpus=2),))
API = DeployedApi(NAMING.name("api"), "test", NAMING.name("api"), timeout=20)
LIGHT = DeployedFunction("light", NAMING.name("light"), timeout=60, memory=2048)
TASKS = DeployedService("tasks", NAMING.name("tasks"), NAMING.name("tasks"), min_capacity=2, max_capacity=6)
EVERYTHING = Deployed(NAMING, (WINE, QUICK, BATCH), API, lock_table="slipway-test-tflock", functions=(LIGHT,), services=(TASKS,))
TOPICS: dict[Any, str] = {"critical": "arn:critical", "warning": "arn:warning"}


def rows(options: dict[str, Any] | None = None, deployed: Deployed = EVERYTHING) -> dict[str, Row]:
    found = all_rows(deployed, AlarmsSpec.model_validate(options or {}))
    assert len({row.name for row in found}) == len({row.id for row in found}) == len(found)
    return {row.id: row for row in found}


def test_endpoints_have_alarms_for_what_their_hosting_publishes() -> None:
    """The reference implementation has alarms on the API only."""
    found = set(rows())
    variant = ("invocation_4xx_errors", "memory_utilization", "no_invocations", "overhead_latency")
    machine = ("cpu_utilization", "disk_utilization")
    assert {row for row in found if row.startswith("wine_main_")} == {
        f"wine_main_{name}" for name in (*variant, *machine, "autoscaling_at_max", "data_capture_failures")
    }
    assert "wine_gpu_gpu_memory_utilization" in found and "wine_gpu_autoscaling_at_max" not in found
    assert {row for row in found if row.startswith("quick_")} == {f"quick_only_{name}" for name in (*variant, "concurrency_utilization")}
    queue = {"batch_backlog_age", "batch_backlog_without_capacity"}
    failures = ("invocation_failures", "response_upload_failures")
    expected = queue | {f"batch_main_{name}" for name in (*variant[:3], *machine, *failures)}
    assert {row for row in found if row.startswith("batch_")} == expected
    assert {"api_errors_5xx", "api_errors_4xx", "api_latency", "function_errors", "function_throttles", "function_duration"} <= found
    assert {"function_light_errors", "function_light_throttles", "function_light_duration"} <= found
    assert {"state_lock_held", "state_lock_refused"} <= found


def test_only_what_is_there_is_watched() -> None:
    assert set(rows(deployed=Deployed(NAMING))) == {"state_lock_held"}


def test_thresholds_are_in_the_unit_of_the_metric() -> None:
    """CPUUtilization goes to 100 for each CPU: 90 percent of a machine with two is 180, an alarm at 90 would go off at half its power."""
    found = rows()
    assert found["wine_main_cpu_utilization"].threshold == 180 and found["wine_gpu_gpu_memory_utilization"].threshold == 360
    assert found["wine_main_memory_utilization"].threshold == 90 and found["function_duration"].threshold == 16_000
    assert found["function_light_duration"].threshold == 48_000
    assert found["function_light_errors"].metric.dimensions == {"FunctionName": "slipway-test-light"}
    at_max = found["wine_main_autoscaling_at_max"]
    assert (at_max.metric.statistic, at_max.threshold, at_max.spec.period) == ("SampleCount", 6, 60)


def test_no_invocations_goes_off_without_data() -> None:
    """Without requests there are no datapoints at all: with any other treatment of missing data the alarm never goes off."""
    row = rows()["wine_main_no_invocations"]
    assert (row.comparison, row.threshold, row.spec.treat_missing_data) == (BELOW, 1, "breaching")
    assert rows()["batch_main_no_invocations"].metric.name == "InvocationsProcessed"
    text = "\n".join(messages(AlarmsSpec, {"instances": {"no_invocations": {"treat_missing_data": "notBreaching"}}}))
    assert "breaching" in text


def test_a_variant_without_weight_may_well_get_no_requests() -> None:
    waiting = DeployedEndpoint("wine", "wine", "instances", (DeployedVariant("main"), DeployedVariant("next", weight=0.0)))
    found = rows(deployed=Deployed(NAMING, (waiting,)))
    assert "wine_main_no_invocations" in found and "wine_next_no_invocations" not in found


def test_an_alarm_on_nothing_cannot_be_built() -> None:
    metric = Metric("AWS/SageMaker", "Invocations", {"EndpointName": "e"}, "Sum")
    with pytest.raises(ValueError, match="alarm x could never go off: .*EndpointName\\+VariantName"):
        Row("x", "x", "", metric, 1, kinds.CountAlarm())


@pytest.mark.parametrize("endpoint", [WINE, QUICK, BATCH], ids=lambda endpoint: endpoint.hosting)
def test_every_metric_exists_for_the_hosting(endpoint: DeployedEndpoint) -> None:
    for row in rows(deployed=Deployed(NAMING, (endpoint,))).values():
        hosting = endpoint.hosting if row.metric.namespace.lower().startswith(("aws/sagemaker", "/aws/sagemaker")) else ""
        assert unpublished(row.metric.namespace, row.metric.name, row.metric.dimensions, hosting) is None


def test_null_switches_off_and_one_endpoint_differs() -> None:
    found = rows({"instances": {"no_invocations": None}, "endpoints": {"quick": {"kind": "serverless", "no_invocations": None}}})
    assert "wine_main_no_invocations" not in found and "quick_only_no_invocations" not in found and "batch_main_no_invocations" in found


def _options(model: Any) -> list[tuple[str, str, Any]]:
    """Model, option and alarm class of every alarm option."""
    return [
        (model.__name__, name, argument)
        for name, field in model.model_fields.items()
        for argument in getattr(field.annotation, "__args__", ())
        if isinstance(argument, type) and issubclass(argument, kinds.Alarm)
    ]


CHANGED: dict[str, Any] = {"severity": "critical", "period": 600, "evaluation_periods": 20, "datapoints_to_alarm": 7}
"""Values that are no alarm's default."""


def _changed(kind: type[kinds.Alarm]) -> dict[str, Any]:
    changed = {**CHANGED, "severity": "warning" if kind.model_fields["severity"].default == "critical" else "critical"}
    if kind is kinds.AtMaxAlarm:
        changed["period"] = 60
    if kind is not kinds.NoInvocationsAlarm:
        changed["treat_missing_data"] = "missing"
    if "extended_statistic" in kind.model_fields:
        changed["extended_statistic"] = "p75"
    if "threshold" in kind.model_fields:
        default = kind.model_fields["threshold"].default
        changed["threshold"] = type(default)(default / 2) if default > 1 else 0.5 if default < 1 else 3
    return changed


GROUPS = {"instances": "InstancesAlarms", "serverless": "ServerlessAlarms", "asynchronous": "AsynchronousAlarms"}
GROUPS |= {"api": "ApiAlarms", "function": "LambdaAlarms", "functions": "LambdaAlarms", "state_lock": "StateLockAlarms"}
GROUPS |= {"services": "ServiceAlarms"}


def _looked_at(body: dict[str, Any]) -> tuple[int, str]:
    """Period and statistic; those of its metrics, for an alarm with metric math."""
    metrics = [
        query["metric"][0] if isinstance(query["metric"], list) else query["metric"]
        for query in body.get("metric_query", ())
        if "metric" in query
    ]
    found = {(metric["period"], metric["stat"]) for metric in metrics} or {
        (body["period"], body.get("extended_statistic") or body["statistic"])
    }
    (only,) = found
    return only


def test_every_option_reaches_the_json() -> None:
    """Every alarm of every group with no option at its default."""
    from modules.alarms import spec as module
    from modules.alarms.construct import Alarms, AlarmsRefs

    options: dict[str, Any] = {}
    for group, model in GROUPS.items():
        options[group] = {name: _changed(kind) for _, name, kind in _options(getattr(module, model))}
    spec = AlarmsSpec.model_validate(options)
    document = synth(lambda stack: Alarms(stack, "a", spec=spec, refs=AlarmsRefs(EVERYTHING, TOPICS)))
    built = {body["//"]["metadata"]["path"].split("/")[-1]: body for body in resources(document, "aws_cloudwatch_metric_alarm")}
    expected = {row.id: row for row in all_rows(EVERYTHING, spec)}
    assert set(built) == set(expected)
    for id, body in built.items():
        row = expected[id]
        changed = _changed(type(row.spec))
        names = ("evaluation_periods", "datapoints_to_alarm", "treat_missing_data")
        assert {name: body[name] for name in names} == {name: changed.get(name, "breaching") for name in names}, id
        assert _looked_at(body) == (changed["period"], row.metric.statistic), id
        assert body["alarm_actions"] == body["ok_actions"] == [TOPICS[changed["severity"]]], id
        assert body["threshold"] == row.threshold, id
        if "extended_statistic" in changed:
            assert body["extended_statistic"] == "p75", id
        if "threshold" in changed:
            assert row.threshold != rows()[id].threshold, id


def test_every_option_is_covered() -> None:
    from modules.alarms import spec as module

    models = [getattr(module, name) for name in GROUPS.values()]
    covered = [f"{model.__name__}.{name}" for model in models for name in model.model_fields]
    covered += [f"{kind.__name__}.{name}" for model in models for _, _, kind in _options(model) for name in kind.model_fields]
    covered += [f"AlarmsSpec.{name}" for name in (*GROUPS, "endpoints")]
    assert untested(all_options(AlarmsSpec), covered) == []


def test_without_topics_nobody_is_told() -> None:
    from modules.alarms.construct import Alarms, AlarmsRefs

    document = synth(lambda stack: Alarms(stack, "a", spec=AlarmsSpec(), refs=AlarmsRefs(Deployed(NAMING))))
    assert "alarm_actions" not in resources(document, "aws_cloudwatch_metric_alarm")[0]


def test_one_topic_for_each_severity_however_many_alarms() -> None:
    """The reference implementation has one topic for each alarm, so every address confirms three times."""
    found = resources(synth(example.build), "aws_cloudwatch_metric_alarm")
    assert len(found) >= 15 and len({action for body in found for action in body["alarm_actions"]}) == 2

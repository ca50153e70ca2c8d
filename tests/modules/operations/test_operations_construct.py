"""Every option of the operations reaches the Terraform JSON or the function's package; the roles may do nothing else."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.operations.construct import Operations, OperationsRefs, function_package
from modules.operations.function.settings import Hosted
from modules.operations.spec import OperationsSpec
from tests.config.full_operations import operations
from tests.modules.policy_documents import assert_exact_actions, statements
from tests.modules.support import all_options, at, messages, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
KEY, LOGS, VOLUMES = (f"arn:aws:kms:eu-west-1:111111111111:key/{name}" for name in ("1", "2", "3"))
REFS = OperationsRefs(
    [Hosted("wine", "slipway-test-wine"), Hosted("beer", "slipway-test-beer"), Hosted("box", "slipway-test-box", "fargate")],
    KEY, LOGS, VOLUMES, {"project": "slipway"},
)  # fmt: skip
HOURS = operations()["working_hours"]
SCHEDULE, FUNCTION, BUDGET = "aws_scheduler_schedule", "aws_lambda_function", "aws_budgets_budget"


def build(**options: Any) -> dict[str, Any]:
    spec = OperationsSpec.model_validate(options)
    return synth(lambda stack: Operations(stack, "operations", naming=NAMING, spec=spec, refs=REFS))


def hours(**changes: Any) -> dict[str, Any]:
    return {"working_hours": {**HOURS, **changes}}


def budget(**changes: Any) -> dict[str, Any]:
    return {"budget": {"limit_amount": 100, **changes}}


STOP, REPORT, EXPIRE = "operations/schedule_stop", "operations/schedule_idle-report", "operations/schedule_expire"
IN_JSON: dict[str, tuple[dict[str, Any], str, str, str, Any]] = {
    "WorkingHours.stop": (hours(stop="cron(30 21 ? * * *)"), SCHEDULE, STOP, "schedule_expression", "cron(30 21 ? * * *)"),
    "WorkingHours.start": (
        hours(start="cron(30 6 ? * * *)"), SCHEDULE, "operations/schedule_start", "schedule_expression", "cron(30 6 ? * * *)",
    ),
    "WorkingHours.timezone": (hours(timezone="Asia/Tokyo"), SCHEDULE, STOP, "schedule_expression_timezone", "Asia/Tokyo"),
    "OperationsSpec.expires_at": (
        {"expires_at": "2031-01-02T03:04:05Z"}, SCHEDULE, EXPIRE, "schedule_expression", "at(2031-01-02T03:04:05)",
    ),
    "Budget.limit_amount": (budget(limit_amount=12.5), BUDGET, "operations", "limit_amount", "12.5"),
    "Budget.limit_unit": (budget(limit_unit="USD"), BUDGET, "operations", "limit_unit", "USD"),
    "Budget.time_unit": (budget(time_unit="QUARTERLY"), BUDGET, "operations", "time_unit", "QUARTERLY"),
    "Threshold.type": (
        budget(thresholds=[{"type": "FORECASTED", "percentage": 50}]), BUDGET, "operations", "notification[0].notification_type", "FORECASTED",
    ),
    "Threshold.percentage": (
        budget(thresholds=[{"type": "ACTUAL", "percentage": 55.5}]), BUDGET, "operations", "notification[0].threshold", 55.5,
    ),
    "IdleReport.schedule": ({"idle_report": {"schedule": "rate(3 days)"}}, SCHEDULE, REPORT, "schedule_expression", "rate(3 days)"),
    "IdleReport.timezone": ({"idle_report": {"timezone": "Asia/Tokyo"}}, SCHEDULE, REPORT, "schedule_expression_timezone", "Asia/Tokyo"),
    "OperationsSpec.subscribers": (
        {"subscribers": ["a@example.com"]}, "aws_sns_topic_subscription", "operations", "endpoint", "a@example.com",
    ),
    "OperationsSpec.activate_cost_allocation_tags": (
        {"activate_cost_allocation_tags": True}, "aws_ce_cost_allocation_tag", "operations/cost_allocation_tag_project", "tag_key", "project",
    ),
    "OperationsSpec.runtime": ({"runtime": "python3.12"}, FUNCTION, "operations", "runtime", "python3.12"),
    "OperationsSpec.architecture": ({"architecture": "x86_64"}, FUNCTION, "operations", "architectures", ["x86_64"]),
    "OperationsSpec.tracing": ({"tracing": "PassThrough"}, FUNCTION, "operations", "tracing_config.mode", "PassThrough"),
    "OperationsSpec.log_retention_in_days": (
        {"log_retention_in_days": 7}, "aws_cloudwatch_log_group", "operations", "retention_in_days", 7,
    ),
    "OperationsSpec.permissions_boundary": (
        {"permissions_boundary": "arn:aws:iam::111111111111:policy/limit"}, "aws_iam_role", "operations/function_role",
        "permissions_boundary", "arn:aws:iam::111111111111:policy/limit",
    ),
}  # fmt: skip
ELSEWHERE = {
    "WorkingHours.endpoints",  # test_each_schedule_names_its_endpoints
    "OperationsSpec.endpoint_expires_at",  # test_each_schedule_names_its_endpoints
    "IdleReport.days",  # test_the_package_knows_the_days
}


def test_no_option_is_untested() -> None:
    parts = {"OperationsSpec.working_hours", "OperationsSpec.budget", "Budget.thresholds", "OperationsSpec.idle_report"}
    assert untested(all_options(OperationsSpec), [*IN_JSON, *ELSEWHERE, *parts]) == []


@pytest.mark.parametrize("option", IN_JSON)
def test_an_option_reaches_the_json(option: str) -> None:
    options, kind, path, attribute, expected = IN_JSON[option]
    assert at(resource(build(**options), kind, path), attribute) == expected


def requests(document: dict[str, Any]) -> dict[str, Any]:
    return {body["name"]: json.loads(body["target"]["input"]) for body in resources(document, SCHEDULE)}


def test_each_schedule_names_its_endpoints() -> None:
    moments = {"expires_at": "2031-01-01T00:00:00Z", "endpoint_expires_at": {"beer": "2030-06-01T12:00:00Z"}}
    found = requests(build(**moments, **hours(endpoints=["wine", "box"])))
    assert found == {
        "stop": {"action": "stop", "endpoints": ["wine", "box"], "reason": "working hours"},
        "start": {"action": "start", "endpoints": ["wine", "box"], "scheduled": True},
        "expire-2030-06-01T120000": {"action": "stop", "endpoints": ["beer"], "reason": "expired at 2030-06-01T12:00:00Z"},
        "expire-2031-01-01T000000": {"action": "stop", "endpoints": ["wine", "box"], "reason": "expired at 2031-01-01T00:00:00Z"},
    }
    assert requests(build(**hours(endpoints="all")))["stop"]["endpoints"] == ["wine", "beer", "box"]
    assert resources(build(budget={"limit_amount": 1}), SCHEDULE) == []


def test_the_package_knows_the_days() -> None:
    package = function_package(NAMING, OperationsSpec.model_validate({"idle_report": {"days": 30}}), REFS)
    settings = json.loads(zipfile.ZipFile(io.BytesIO(package.content)).read("settings.json"))
    assert (settings["idle_days"], settings["tags"], len(settings["endpoints"])) == (30, {"project": "slipway"}, 3)


def test_everything_is_encrypted_and_one_request_runs_at_a_time() -> None:
    document = build(**hours())
    assert {body["kms_key_arn"] for body in [*resources(document, SCHEDULE), resource(document, FUNCTION)]} == {KEY}
    assert resource(document, "aws_sns_topic")["kms_master_key_id"] == KEY
    assert resource(document, "aws_cloudwatch_log_group")["kms_key_id"] == LOGS
    assert resource(document, FUNCTION)["reserved_concurrent_executions"] == 1
    retries = resource(document, "aws_lambda_function_event_invoke_config")
    assert "sns_topic" in retries["destination_config"]["on_failure"]["destination"]


def test_the_event_of_an_endpoint_may_invoke_the_function() -> None:
    document = build()
    pattern = json.loads(resource(document, "aws_cloudwatch_event_rule")["event_pattern"])
    assert pattern["detail"] == {"EndpointName": [{"prefix": "slipway-test-"}], "EndpointStatus": ["IN_SERVICE"]}
    permission = resource(document, "aws_lambda_permission")
    assert permission["principal"] == "events.amazonaws.com" and "aws_cloudwatch_event_rule" in permission["source_arn"]


def test_the_budget_counts_by_the_environments_tags_and_may_tell_the_topic() -> None:
    document = build(**budget())
    (values,) = [one["values"] for one in resource(document, BUDGET)["cost_filter"]]
    assert values == ["user:project$slipway", "user:environment$test"]
    found = statements(resource(document, "aws_sns_topic_policy")["policy"])
    assert found["Budgets"]["Condition"] == {"StringEquals": {"aws:SourceAccount": "111111111111"}}
    (told,) = {arn for item in resource(document, BUDGET)["notification"] for arn in item["subscriber_sns_topic_arns"]}
    assert told.startswith("${aws_sns_topic_policy."), "a budget may publish before it is made"
    assert "Budgets" not in statements(resource(build(), "aws_sns_topic_policy")["policy"])


def test_the_functions_role() -> None:
    found = statements(resource(build(), "aws_iam_role_policy", "operations/function_policy")["policy"])
    assert_exact_actions(found.values())
    names = ("wine", "beer")
    assert found["Endpoints"]["Resource"] == [f"arn:aws:sagemaker:eu-west-1:111111111111:endpoint/slipway-test-{name}" for name in names]
    assert found["Services"]["Resource"] == ["arn:aws:ecs:eu-west-1:111111111111:service/slipway-test-box/slipway-test-box"]
    assert found["Records"]["Resource"] == "arn:aws:ssm:eu-west-1:111111111111:parameter/slipway/test/operations/stopped/*"
    assert found["Scale"]["Resource"] == found["Endpoints"]["Resource"], "or Application Auto Scaling does not take its scaling back"
    assert found["Volumes"]["Resource"] == VOLUMES
    assert {sid for sid, item in found.items() if item["Resource"] == "*"} == {"Look", "ReadScaling", "Trace"}
    assert "Trace" not in statements(resource(build(tracing="PassThrough"), "aws_iam_role_policy", "operations/function_policy")["policy"])


def test_only_the_environments_own_schedules_take_the_schedulers_role() -> None:
    trust = statements(resource(build(**hours()), "aws_iam_role", "operations/scheduler_role")["assume_role_policy"])["Scheduler"]
    group = "arn:aws:scheduler:eu-west-1:111111111111:schedule-group/slipway-test-operations"
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "111111111111"}, "ArnEquals": {"aws:SourceArn": group}}
    policy = statements(resource(build(**hours()), "aws_iam_role_policy", "operations/scheduler_policy")["policy"])
    own = "arn:aws:scheduler:eu-west-1:111111111111:schedule/slipway-test-operations/*"
    condition = policy["ReadInput"]["Condition"]
    assert condition == {"ArnLike": {"kms:EncryptionContext:aws:scheduler:schedule:arn": own}}, "KMS sees the role, not Scheduler"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (hours(stop="rate(1 day)"), "working hours begin and end at times of day"),
        (hours(stop="cron(0 20 * * * *)"), "exactly one of day-of-month and day-of-week must be ?"),
        (hours(stop=HOURS["start"]), "stop and start are the same time"),
        (hours(timezone="Europe/Nowhere"), "not an IANA time zone"),
        (hours(endpoints=[]), "at least 1"),
        ({"expires_at": "2031-01-01"}, "not a valid time"),
        ({"idle_report": {"schedule": "at(2031-01-01T00:00:00)"}}, "a report comes again and again"),
        (budget(time_unit="DAILY"), "AWS forecasts no daily budget"),
        (budget(limit_unit="EUR"), "Input should be 'USD'"),
        (budget(thresholds=[{"type": "ACTUAL", "percentage": 1}] * 2), "two thresholds are the same"),
        ({"subscribers": ["a@example.com", "a@example.com"]}, "an address is named twice"),
        ({"subscribers": ["nobody"]}, "pattern"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], text: str) -> None:
    found = messages(OperationsSpec, options)
    assert any(text in message for message in found), found

"""The packaged function on the local AWS: schedules stop and start, the event of the endpoint brings its scaling back."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.operations.construct import HANDLER, OperationsRefs, function_package
from modules.operations.function.idle import Idle, idle, message
from modules.operations.function.settings import Hosted
from modules.operations.spec import OperationsSpec
from slipway.localaws.cloudwatch import metrics
from tests.localaws.events.test_events import queue
from tests.localaws.functions.lab import until
from tests.modules.operations.life_lab import NAME, Lab

NAMING = Naming("acme", "dev", "111111111111", "eu-west-1")
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:acme-dev-operations"
ROLE = "arn:aws:iam::111111111111:role/r"
PATTERN = {
    "source": ["aws.sagemaker"],
    "detail-type": ["SageMaker Endpoint State Change"],
    "detail": {"EndpointName": [{"prefix": "acme-dev-"}], "EndpointStatus": ["IN_SERVICE"]},
}


@pytest.fixture
def lab(client: Callable[..., Any]) -> Lab:
    """The endpoint, the function and the rule, as Terraform makes them."""
    made = Lab(client)
    made.endpoint()
    spec = OperationsSpec.model_validate({"idle_report": {"days": 3}})
    refs = OperationsRefs([Hosted("wine", NAME)], KEY, KEY, KEY, {"environment": "dev"})
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    topic = client("sns").create_topic(Name="acme-dev-operations")["TopicArn"]
    client("lambda").create_function(
        FunctionName="acme-dev-operations",
        Runtime="python3.13",
        Role=role,
        Handler=HANDLER,
        Timeout=60,
        Code={"ZipFile": function_package(NAMING, spec, refs).content},
        Environment={"Variables": {"TOPIC_ARN": topic}},
    )
    rule = client("events").put_rule(Name="acme-dev-operations", EventPattern=json.dumps(PATTERN))["RuleArn"]
    client("lambda").add_permission(
        FunctionName="acme-dev-operations",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    client("events").put_targets(Rule="acme-dev-operations", Targets=[{"Id": "t", "Arn": FUNCTION}])
    return made


def test_schedules_stop_and_start_and_the_event_brings_the_scaling_back(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "60")
    whole, scheduler = lab.scaled(), lab.make("scheduler")

    def in_minutes(name: str, minutes: int, request: dict[str, Any]) -> None:
        moment = datetime.now(timezone.utc) + timedelta(minutes=minutes)
        scheduler.create_schedule(
            Name=name,
            ScheduleExpression=f"at({moment:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": FUNCTION, "RoleArn": ROLE, "Input": json.dumps(request)},
        )

    in_minutes("stop", 1, {"action": "stop", "endpoints": ["wine"], "reason": "working hours"})
    until(lambda: lab.status() is None and lab.records(), seconds=30)
    in_minutes("start", 1, {"action": "start", "endpoints": ["wine"], "scheduled": True})
    until(lambda: lab.status() is not None, seconds=30)
    lab.in_service()
    until(lambda: not lab.records(), seconds=30)
    assert lab.scaled() == whole


def test_the_idle_report_tells_the_topic(lab: Lab) -> None:
    arn, read = queue(lab.make, "q")
    topic = "arn:aws:sns:eu-west-1:111111111111:acme-dev-operations"
    lab.make("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    answer = lab.make("lambda").invoke(FunctionName="acme-dev-operations", Payload=b'{"action": "idle_report"}')
    assert json.loads(answer["Payload"].read()) == {"idle": []}
    age(days=4)
    answer = lab.make("lambda").invoke(FunctionName="acme-dev-operations", Payload=b'{"action": "idle_report"}')
    (found,) = json.loads(answer["Payload"].read())["idle"]
    assert (found["endpoint"], found["instance_type"], found["instance_hours"]) == ("wine", "ml.m5.large", 72.0)
    told = json.loads(until(read)[0]["Body"])
    assert (told["Subject"], "1 x ml.m5.large" in told["Message"]) == ("dev: 1 idle endpoint variants", True)


def test_a_variant_that_was_asked_is_not_idle(lab: Lab) -> None:
    age(days=4)
    hosted = [Hosted("wine", NAME), Hosted("other", "acme-dev-other")]
    assert [one.variant for one in idle(lab.clients, hosted, 3)] == ["main"]
    dimensions = {"EndpointName": NAME, "VariantName": "main"}
    metrics.emit_all("111111111111", "eu-west-1", "AWS/SageMaker", dimensions, [("Invocations", 1.0, "None")])
    assert idle(lab.clients, hosted, 3) == []
    assert "serverless" in message("dev", [Idle("wine", "main", 7, "", 0, 0.0)])


def test_a_request_that_makes_no_sense_fails(lab: Lab) -> None:
    answer = lab.make("lambda").invoke(FunctionName="acme-dev-operations", Payload=b'{"action": "dance"}')
    assert "none of stop, start, idle_report" in json.loads(answer["Payload"].read())["errorMessage"]


def test_the_package_holds_code_and_settings_only() -> None:
    refs = OperationsRefs([Hosted("wine", NAME)], KEY, KEY, KEY, {"environment": "dev"})
    names = zipfile.ZipFile(io.BytesIO(function_package(NAMING, OperationsSpec(), refs).content)).namelist()
    assert "settings.json" in names
    assert all(name == "settings.json" or name.startswith("modules/operations/function/") for name in names)


def age(days: int) -> None:
    """Let the endpoint be older."""
    from moto.sagemaker.models import sagemaker_backends

    endpoint = sagemaker_backends["111111111111"]["eu-west-1"].endpoints[NAME]
    endpoint.creation_time = (datetime.now(timezone.utc) - timedelta(days=days)).replace(tzinfo=None)

"""EventBridge: which targets hear of which event, in which words, and what becomes of an event that nobody takes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.events import bus
from tests.localaws import sagemaker_requests as requests
from tests.localaws.functions.lab import until

ACCOUNT, REGION = "111111111111", "eu-west-1"
ROOT = Path(__file__).resolve().parents[3]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


def queue(client: Callable[..., Any], name: str) -> tuple[str, Callable[[], list[Any]]]:
    """A queue's ARN, and a function that reads what has come so far."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    seen: list[Any] = []

    def read() -> list[Any]:
        seen.extend(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get("Messages", []))
        return seen

    return arn, read


def publish(detail: dict[str, Any], detail_type: str = "Thing State Change") -> None:
    bus.publish(ACCOUNT, REGION, source="aws.thing", detail_type=detail_type, detail=detail, resources=["arn:aws:thing:::1"])


def rule(client: Callable[..., Any], target: dict[str, Any], pattern: dict[str, Any] | None = None) -> None:
    eventbridge = client("events")
    eventbridge.put_rule(Name="r", EventPattern=json.dumps(pattern or {"source": ["aws.thing"], "detail": {"state": [{"prefix": "RUN"}]}}))
    assert eventbridge.put_targets(Rule="r", Targets=[{"Id": "t", **target}])["FailedEntryCount"] == 0


def test_only_an_event_that_matches_an_enabled_rule_reaches_its_target(client: Callable[..., Any]) -> None:
    arn, read = queue(client, "q")
    rule(client, {"Arn": arn})
    publish({"state": "STOPPED"})
    publish({"state": "RUNNING", "n": 1})
    (message,) = until(read)
    event = json.loads(message["Body"])
    assert (event["detail"], event["account"], event["resources"]) == ({"state": "RUNNING", "n": 1}, ACCOUNT, ["arn:aws:thing:::1"])
    assert set(event) == {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
    client("events").disable_rule(Name="r")
    publish({"state": "RUNNING", "n": 2})
    client("events").enable_rule(Name="r")
    publish({"state": "RUNNING", "n": 3})
    assert [json.loads(one["Body"])["detail"]["n"] for one in until(lambda: len(read()) > 1 and read())] == [1, 3]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"Input": '{"constant": 1}'}, '{"constant": 1}'),
        ({"InputPath": "$.detail.list[1]"}, '"b"'),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"s": "$.detail.state", "l": "$.detail.list", "all": "$.detail.objects[*].k", "none": "$.detail.x"},
                    "InputTemplate": '{"state": <s>, "text": "is <s>", "list": <l>, "all": <all>, "none": <none>, "rule": <aws.events.rule-name>}',
                }
            },
            '{"state": "RUN", "text": "is RUN", "list": ["a", "b"], "all": [1, 2], "none": "", "rule": "r"}',
        ),
        ({"InputTransformer": {"InputPathsMap": {"s": "$.detail.state"}, "InputTemplate": '"It is <s>."'}}, '"It is RUN."'),
    ],
)
def test_a_target_gets_what_its_input_says(client: Callable[..., Any], target: dict[str, Any], expected: str) -> None:
    arn, read = queue(client, "q")
    rule(client, {"Arn": arn, **target})
    publish({"state": "RUN", "list": ["a", "b"], "objects": [{"k": 1}, {"k": 2}]})
    assert until(read)[0]["Body"] == expected


def test_events_of_clients_reach_topics_and_other_buses(client: Callable[..., Any]) -> None:
    arn, read = queue(client, "q")
    eventbridge, topic = client("events"), client("sns").create_topic(Name="t")["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    other = eventbridge.create_event_bus(Name="other")["EventBusArn"]
    rule(client, {"Arn": other, "RoleArn": ROLE}, {"source": ["mine"]})
    eventbridge.put_rule(Name="on-other", EventBusName="other", EventPattern='{"source": ["mine"]}')
    eventbridge.put_targets(Rule="on-other", EventBusName="other", Targets=[{"Id": "t", "Arn": topic, "InputPath": "$.detail"}])
    entry = {"Source": "mine", "DetailType": "d", "Detail": '{"n": 7}'}
    assert eventbridge.put_events(Entries=[entry])["FailedEntryCount"] == 0
    assert json.loads(json.loads(until(read)[0]["Body"])["Message"]) == {"n": 7}


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(client: Callable[..., Any]) -> None:
    arn, read = queue(client, "dead")
    missing = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:missing"
    rule(client, {"Arn": missing, "Input": '{"n": 1}', "DeadLetterConfig": {"Arn": arn}})
    publish({"state": "RUN"})
    (message,) = until(read)
    told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert message["Body"] == '{"n": 1}'
    assert (told["ERROR_CODE"], told["TARGET_ARN"], told["RETRY_ATTEMPTS"]) == ("NO_RESOURCE", missing, "0")
    assert told["RULE_ARN"].endswith(":rule/r")


def test_a_passing_failure_is_tried_again_until_the_policy_ends_it(client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[str] = []

    def busy(_account: str, _region: str, _arn: str, payload: str, _target: Any) -> None:
        attempts.append(payload)
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "Start")

    monkeypatch.setitem(bus.TARGETS, "thing", busy)
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "100")
    arn, read = queue(client, "dead")
    dead = {"DeadLetterConfig": {"Arn": arn}, "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600}}
    rule(client, {"Arn": f"arn:aws:thing:{REGION}:{ACCOUNT}:x", **dead})
    publish({"state": "RUN"})
    (message,) = until(read)
    assert len(attempts) == 3
    assert message["MessageAttributes"]["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == "MaximumRetryAttempts"


def test_a_rule_with_a_schedule_ticks_with_the_speed(client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "120")
    arn, read = queue(client, "q")
    eventbridge = client("events")
    eventbridge.put_rule(Name="every-minute", ScheduleExpression="rate(1 minute)")
    eventbridge.put_rule(Name="cron", ScheduleExpression="cron(* * * * ? *)")
    for name in ("every-minute", "cron"):
        eventbridge.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": arn, "InputPath": "$.resources[0]"}])
    found = until(lambda: len({one["Body"] for one in read()}) == 2 and read())
    assert {json.loads(one["Body"]).rpartition("/")[2] for one in found} == {"every-minute", "cron"}


@pytest.mark.parametrize(
    "expression", ["rate(1 minutes)", "rate(2 minute)", "cron(0 20 * * * *)", "cron(0 20 * * ?)", "at(2030-01-01T00:00:00)"]
)
def test_a_schedule_that_aws_refuses_is_refused(client: Callable[..., Any], expression: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        client("events").put_rule(Name="r", ScheduleExpression=expression)


def test_a_target_that_needs_a_role_is_refused_without_one(client: Callable[..., Any]) -> None:
    eventbridge = client("events")
    eventbridge.put_rule(Name="r", EventPattern='{"source": ["x"]}')
    with pytest.raises(ClientError, match="RoleArn is required"):
        eventbridge.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/p"}])


def test_objects_of_a_bucket_with_eventbridge_on_are_told(client: Callable[..., Any]) -> None:
    s3, (arn, read) = client("s3"), queue(client, "q")
    for name in ("told", "silent"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_notification_configuration(Bucket="told", NotificationConfiguration={"EventBridgeConfiguration": {}})
    rule(client, {"Arn": arn}, {"source": ["aws.s3"], "detail": {"object": {"key": [{"prefix": "in/"}]}}})
    for bucket in ("silent", "told"):
        s3.put_object(Bucket=bucket, Key="in/a b.csv", Body=b"123")
    s3.delete_object(Bucket="told", Key="in/a b.csv")
    found = [json.loads(one["Body"]) for one in until(lambda: len(read()) > 1 and read())]
    by_type = {event["detail-type"]: event for event in found}
    created = by_type["Object Created"]["detail"]
    assert (created["bucket"]["name"], created["object"]["key"], created["object"]["size"]) == ("told", "in/a b.csv", 3)
    assert (created["reason"], by_type["Object Deleted"]["detail"]["reason"]) == ("PutObject", "DeleteObject")


def test_an_endpoint_that_comes_into_service_is_told_in_the_spelling_of_events(client: Callable[..., Any]) -> None:
    arn, read = queue(client, "q")
    rule(client, {"Arn": arn}, {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Endpoint State Change"]})
    sagemaker = client("sagemaker")
    requests.model(sagemaker)
    requests.config(sagemaker, "c")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    requests.settle(sagemaker)
    found = [json.loads(one["Body"])["detail"] for one in until(lambda: len(read()) > 1 and read())]
    assert sorted(one["EndpointStatus"] for one in found) == ["CREATING", "IN_SERVICE"]
    assert {one["EndpointName"] for one in found} == {"e"}


def test_a_replayed_journal_sends_nothing_again(tmp_path: Path) -> None:
    """Run in a process of its own: there is one local AWS in each."""
    program = """
import json, sys, time
import boto3
from slipway.localaws.server import start

def client(url, name):
    return boto3.client(name, endpoint_url=url, region_name="eu-west-1", aws_access_key_id="111111111111", aws_secret_access_key="local")

def machine(url):
    return client(url, "stepfunctions")

with start(persist=sys.argv[1]) as server:
    definition = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}}})
    arn = machine(server.url).create_state_machine(name="m", definition=definition, roleArn="arn:aws:iam::111111111111:role/r")["stateMachineArn"]
    machine(server.url).start_execution(stateMachineArn=arn)
    sqs, events = client(server.url, "sqs"), client(server.url, "events")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    events.put_rule(Name="r", EventPattern='{"source": ["mine"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": "arn:aws:sqs:eu-west-1:111111111111:q"}])
    events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": "{}"}])
    while sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"] != "1":
        time.sleep(0.05)
with start(persist=sys.argv[1]) as server:
    (one,) = machine(server.url).list_executions(stateMachineArn=arn)["executions"]
    queue = client(server.url, "sqs").get_queue_url(QueueName="q")["QueueUrl"]
    time.sleep(0.3)
    left = client(server.url, "sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    print(one["status"], left["ApproximateNumberOfMessages"])
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["ABORTED", "1"]

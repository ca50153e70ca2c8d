"""Asynchronous invocations: SNS topics that reach functions, retries, and where an event goes that nobody can handle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.localaws.functions.lab import ACCOUNT, Functions, until

KEEPS = """
import json, os
def handle(event, context):
    with open(os.environ["KEPT"], "a") as file:
        file.write(json.dumps(event) + "\\n")
    if os.environ.get("FAILS"):
        raise ValueError("never")
    return "done"
"""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "600")
    return tmp_path / "kept"


def events(kept: Path) -> list[Any]:
    return [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []


def keeping(functions: Functions, kept: Path, name: str = "f", **variables: str) -> str:
    return functions.make(KEEPS, name, Environment={"Variables": {"KEPT": str(kept), **variables}})


def topic(functions: Functions, name: str) -> str:
    return str(functions.client("sns").create_topic(Name=name)["TopicArn"])


def subscribe(functions: Functions, topic_arn: str, function_arn: str, *, allowed: bool = True) -> None:
    functions.client("sns").subscribe(TopicArn=topic_arn, Protocol="lambda", Endpoint=function_arn)
    if allowed:
        functions.api.add_permission(
            FunctionName=function_arn.split(":")[6],
            StatementId="sns",
            Action="lambda:InvokeFunction",
            Principal="sns.amazonaws.com",
            SourceArn=topic_arn,
        )


def test_an_event_is_accepted_and_run_later(functions: Functions, kept: Path) -> None:
    keeping(functions, kept)
    answer = functions.raw({"n": 1}, InvocationType="Event")
    assert answer["StatusCode"] == 202 and answer["Payload"].read() == b""
    assert until(lambda: events(kept)) == [{"n": 1}]
    assert functions.total("AsyncEventsReceived", {"FunctionName": "f"}) == 1


def test_a_topic_reaches_a_function(functions: Functions, kept: Path) -> None:
    arn, function = topic(functions, "t"), keeping(functions, kept)
    subscribe(functions, arn, function)
    attributes = {"kind": {"DataType": "String", "StringValue": "a"}}
    sent = functions.client("sns").publish(TopicArn=arn, Subject="about", Message="hello", MessageAttributes=attributes)
    (event,) = until(lambda: events(kept))
    (record,) = event["Records"]
    assert record["EventSource"] == "aws:sns" and record["EventSubscriptionArn"].startswith(f"{arn}:")
    told = record["Sns"]
    assert (told["TopicArn"], told["Subject"], told["Message"], told["MessageId"]) == (arn, "about", "hello", sent["MessageId"])
    assert told["MessageAttributes"] == {"kind": {"Type": "String", "Value": "a"}}


def test_a_topic_without_permission_reaches_nothing(functions: Functions, kept: Path) -> None:
    arn, function = topic(functions, "t"), keeping(functions, kept)
    subscribe(functions, arn, function, allowed=False)
    functions.client("sns").publish(TopicArn=arn, Message="lost")
    functions.api.add_permission(
        FunctionName="f", StatementId="sns", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com", SourceArn=arn
    )
    functions.client("sns").publish(TopicArn=arn, Message="found")
    (event,) = until(lambda: events(kept))
    assert event["Records"][0]["Sns"]["Message"] == "found"


def test_retries_and_the_dead_letter_topic(functions: Functions, kept: Path, tmp_path: Path) -> None:
    dead = topic(functions, "dead")
    listener = keeping(functions, tmp_path / "dead", "listener")
    subscribe(functions, dead, listener)
    keeping(functions, kept, FAILS="1")
    functions.api.update_function_configuration(FunctionName="f", DeadLetterConfig={"TargetArn": dead})
    functions.raw({"n": 1}, InvocationType="Event")
    (event,) = until(lambda: events(tmp_path / "dead"))
    assert json.loads(event["Records"][0]["Sns"]["Message"]) == {"n": 1}
    assert events(kept) == [{"n": 1}] * 3 and functions.total("Errors", {"FunctionName": "f"}) == 3
    assert functions.total("AsyncEventsDropped", {"FunctionName": "f"}) == 1


@pytest.mark.parametrize(("fails", "condition"), [("1", "RetriesExhausted"), ("", "Success")])
def test_destinations(functions: Functions, kept: Path, tmp_path: Path, fails: str, condition: str) -> None:
    listener = keeping(functions, tmp_path / "told", "listener")
    keeping(functions, kept, **({"FAILS": fails} if fails else {}))
    destination = {"Destination": listener}
    functions.api.put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=0, DestinationConfig={"OnSuccess": destination, "OnFailure": destination}
    )
    functions.raw({"n": 2}, InvocationType="Event")
    (record,) = until(lambda: events(tmp_path / "told"))
    assert record["requestContext"]["condition"] == condition and record["requestContext"]["approximateInvokeCount"] == 1
    assert record["requestPayload"] == {"n": 2} and len(events(kept)) == 1
    assert record["requestContext"]["functionArn"] == f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"
    payload = record["responsePayload"]
    assert payload["errorMessage"] == "never" if fails else payload == "done"


def test_a_throttled_event_waits(functions: Functions, kept: Path) -> None:
    keeping(functions, kept)
    functions.api.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    functions.raw({"n": 3}, InvocationType="Event")
    until(lambda: functions.total("Throttles", {"FunctionName": "f"}))
    functions.api.delete_function_concurrency(FunctionName="f")
    assert until(lambda: events(kept)) == [{"n": 3}]


def test_the_dead_letter_queue(functions: Functions, kept: Path) -> None:
    queues = functions.client("sqs")
    url = queues.create_queue(QueueName="dead")["QueueUrl"]
    keeping(functions, kept, FAILS="1")
    target = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:dead"
    functions.api.update_function_configuration(FunctionName="f", DeadLetterConfig={"TargetArn": target})
    functions.raw({"n": 1}, InvocationType="Event")
    (message,) = until(lambda: queues.receive_message(QueueUrl=url).get("Messages"))
    assert json.loads(message["Body"]) == {"n": 1}

"""Invoke: handlers really run, in processes of their own, with Lambda's answers to everything that goes wrong."""

from __future__ import annotations

import base64
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.control import reset
from slipway.localaws.functions import pool
from tests.localaws.functions.lab import ACCOUNT, Functions, package, until

PROCESS = "import os\ndef handle(event, context):\n    return [os.getpid(), os.environ.get('ANSWER')]\n"
CONTEXT = """
import os
def handle(event, context):
    return {
        "event": event, "arn": context.invoked_function_arn, "name": context.function_name, "version": context.function_version,
        "memory": context.memory_limit_in_mb, "group": context.log_group_name, "left": context.get_remaining_time_in_millis(),
        "region": os.environ["AWS_REGION"], "runtime": os.environ["AWS_EXECUTION_ENV"],
        "name_variable": os.environ["AWS_LAMBDA_FUNCTION_NAME"], "id": context.aws_request_id,
    }
"""
FAILING = """
import os, sys, time
def handle(event, context):
    if event == "raise":
        raise KeyError("wanted")
    if event == "exit":
        os._exit(3)
    if event == "sleep":
        time.sleep(30)
    if event == "large":
        return "x" * 6_300_000
    if event == "object":
        return object()
    return event
"""


def test_the_handler_runs_with_its_context(functions: Functions) -> None:
    functions.make(CONTEXT, Timeout=7, MemorySize=256)
    answer = functions.raw({"a": "ä"})
    found = json.loads(answer["Payload"].read())
    assert found["event"] == {"a": "ä"} and found["arn"] == f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"
    assert (found["name"], found["version"], found["memory"], found["group"]) == ("f", "$LATEST", "256", "/aws/lambda/f")
    assert 0 < found["left"] <= 7000 and found["region"] == "eu-west-1" and found["runtime"] == "AWS_Lambda_python3.13"
    assert found["name_variable"] == "f" and found["id"] == answer["ResponseMetadata"]["RequestId"]
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST") and "FunctionError" not in answer


def test_a_process_is_kept_warm_and_ends_with_its_configuration(functions: Functions) -> None:
    functions.make(PROCESS, Environment={"Variables": {"ANSWER": "1"}})
    first, second = functions.invoke(), functions.invoke()
    assert first == second and first[0] != os.getpid() and first[1] == "1"
    functions.api.update_function_configuration(FunctionName="f", Environment={"Variables": {"ANSWER": "2"}})
    third = functions.invoke()
    assert third[0] != first[0] and third[1] == "2"
    functions.api.update_function_code(FunctionName="f", ZipFile=package(PROCESS.replace("'ANSWER'", "'OTHER', 3")))
    assert functions.invoke()[1] == 3
    assert until(lambda: pool.count() == 1)


@pytest.mark.parametrize("ending", ["delete", "reset"])
def test_processes_end_with_their_function(functions: Functions, ending: str) -> None:
    functions.make(PROCESS)
    process = Path(f"/proc/{functions.invoke()[0]}")
    assert process.exists()
    if ending == "delete":
        functions.api.delete_function(FunctionName="f")
    else:
        reset()
    assert until(lambda: not process.exists()) and pool.count() == 0


def test_it_calls_the_local_aws_as_its_account(functions: Functions) -> None:
    code = "import boto3\ndef handle(event, context):\n    return boto3.client('sts').get_caller_identity()['Account']\n"
    functions.make(code)
    assert functions.invoke() == ACCOUNT


def test_versions_aliases_and_arns(functions: Functions) -> None:
    arn = functions.make("def handle(event, context):\n    return 1, context.invoked_function_arn\n")
    functions.api.publish_version(FunctionName="f")
    functions.api.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    functions.api.update_function_code(FunctionName="f", ZipFile=package("def handle(event, context):\n    return 2, ''\n"))
    assert functions.invoke()[0] == 2
    assert functions.invoke(Qualifier="live") == [1, f"{arn}:live"]
    assert (
        functions.invoke(name=f"{arn}:1")[0] == functions.invoke(name="f:1")[0] == functions.invoke(name=f"{ACCOUNT}:function:f:1")[0] == 1
    )
    assert functions.raw(Qualifier="live")["ExecutedVersion"] == "1"
    functions.api.publish_version(FunctionName="f")
    functions.api.update_alias(FunctionName="f", Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}})
    assert functions.invoke(Qualifier="live")[0] == 2


@pytest.mark.parametrize(
    ("event", "kind", "message"),
    [
        ("raise", "KeyError", "'wanted'"),
        ("exit", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("sleep", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ("large", "Function.ResponseSizeTooLarge", "exceeded maximum allowed payload size (6291556 bytes)"),
        ("object", "Runtime.MarshalError", "Unable to marshal response: "),
    ],
)
def test_failures_are_answers_with_a_function_error(functions: Functions, event: str, kind: str, message: str) -> None:
    functions.make(FAILING, Timeout=1)
    assert functions.invoke("warm") == "warm"
    answer = functions.raw(event)
    error = json.loads(answer["Payload"].read())
    assert (answer["StatusCode"], answer["FunctionError"], error["errorType"]) == (200, "Unhandled", kind)
    assert message in error["errorMessage"]
    assert functions.invoke("after") == "after"
    assert functions.total("Errors", {"FunctionName": "f"}) == 1 and functions.total("Invocations", {"FunctionName": "f"}) == 3


@pytest.mark.parametrize(
    ("handler", "kind", "message"),
    [
        ("other.handle", "Runtime.ImportModuleError", "Unable to import module 'other': No module named 'other'"),
        ("app.nothing", "Runtime.HandlerNotFound", "Handler 'nothing' missing on module 'app'"),
    ],
)
def test_a_handler_that_cannot_be_loaded(functions: Functions, handler: str, kind: str, message: str) -> None:
    functions.make(Handler=handler)
    for _ in range(2):
        error = functions.invoke()
        assert (error["errorType"], error["errorMessage"]) == (kind, message)


def test_what_cannot_be_invoked(functions: Functions) -> None:
    functions.make()
    functions.make(name="node", Runtime="nodejs22.x")
    refused = {
        "ResourceNotFoundException": lambda: functions.raw(name="g"),
        "InvalidRequestContentException": lambda: functions.api.invoke(FunctionName="f", Payload=b"{"),
        "RequestTooLargeException": lambda: functions.api.invoke(FunctionName="f", Payload=json.dumps("x" * 6_291_456)),
        "NotImplementedLocally": lambda: functions.raw(name="node"),
    }
    for code, call in refused.items():
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == code
    with pytest.raises(ClientError, match=f"Function not found: arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f:9"):
        functions.raw(Qualifier="9")


def test_a_dry_run_runs_nothing(functions: Functions) -> None:
    functions.make(FAILING)
    assert functions.raw("exit", InvocationType="DryRun")["StatusCode"] == 204
    assert pool.count() == 0


def test_reserved_concurrency_throttles(functions: Functions) -> None:
    functions.make("import time\ndef handle(event, context):\n    time.sleep(event)\n")
    functions.api.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    functions.invoke(0)
    slow = threading.Thread(target=functions.invoke, args=(2,))
    slow.start()
    until(lambda: pool._running[(ACCOUNT, "eu-west-1", "f")] == 1)
    with pytest.raises(ClientError) as caught:
        functions.raw(0)
    slow.join()
    answer: Any = caught.value.response
    assert (answer["Error"]["Code"], answer["Reason"]) == ("TooManyRequestsException", "ReservedFunctionConcurrentInvocationLimitExceeded")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert functions.total("Throttles", {"FunctionName": "f"}) == 1 and functions.total("Invocations", {"FunctionName": "f"}) == 2
    functions.api.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="Rate Exceeded"):
        functions.raw(0)


def test_requests_at_a_time_get_processes_of_their_own(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_FUNCTIONS", "2")
    functions.make("import os, time\ndef handle(event, context):\n    time.sleep(0.2)\n    return os.getpid()\n")
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(functions.invoke())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 5 and len(set(found)) == 2 == pool.count()


def test_metrics_have_function_and_resource(functions: Functions) -> None:
    functions.make()
    functions.api.publish_version(FunctionName="f")
    functions.api.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    functions.invoke(1)
    functions.invoke(1, Qualifier="live")
    assert functions.total("Invocations", {"FunctionName": "f"}) == 2
    assert functions.total("Invocations", {"FunctionName": "f", "Resource": "f"}) == 1
    assert functions.total("Invocations", {"FunctionName": "f", "Resource": "f:live"}) == 1
    assert 0 < functions.total("Duration", {"FunctionName": "f"}, statistic="Maximum") < 10_000
    assert functions.total("ConcurrentExecutions", {"FunctionName": "f"}, statistic="Maximum") == 1


def test_the_log_tail(functions: Functions) -> None:
    functions.make("def handle(event, context):\n    print('seen')\n")
    answer = functions.raw(LogType="Tail")
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    identity = answer["ResponseMetadata"]["RequestId"]
    assert lines[0] == f"START RequestId: {identity} Version: $LATEST" and lines[1] == "seen" and lines[2] == f"END RequestId: {identity}"
    assert lines[3].startswith(f"REPORT RequestId: {identity}\tDuration: ") and "Init Duration" in lines[3]

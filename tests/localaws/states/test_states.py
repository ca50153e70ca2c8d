"""Step Functions: executions that call the local AWS, wait at its speed, try again and catch."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localaws.events.test_events import ACCOUNT, REGION, queue
from tests.localaws.functions.lab import Functions, until

ROLE = f"arn:aws:iam::{ACCOUNT}:role/machine"


def machine(client: Callable[..., Any], states: dict[str, Any], start: str) -> str:
    definition = json.dumps({"StartAt": start, "States": states})
    return str(client("stepfunctions").create_state_machine(name="m", definition=definition, roleArn=ROLE)["stateMachineArn"])


def run(client: Callable[..., Any], arn: str, given: Any = None) -> Any:
    api = client("stepfunctions")
    execution = api.start_execution(stateMachineArn=arn, input=json.dumps(given or {}))["executionArn"]
    return until(lambda: (found := api.describe_execution(executionArn=execution))["status"] != "RUNNING" and found)


def test_tasks_call_services_of_the_accounts_own_local_aws(client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "120")
    Functions(client).make("def handle(event, context):\n    return {'doubled': event['n'] * 2}\n")
    topic = client("sns").create_topic(Name="t")["TopicArn"]
    queue_arn, read = queue(client, "q")
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
    states = {
        "Double": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload.$": "$"},
            "ResultSelector": {"n.$": "$.Payload.doubled"},
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Keep"},
        "Keep": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:ssm:putParameter",
            "Parameters": {"Name": "/n", "Value.$": "States.Format('{}', $.n)", "Type": "String"},
            "ResultPath": None,
            "Next": "Choose",
        },
        "Choose": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": 5, "Next": "Tell"}], "Default": "No"},
        "Tell": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": topic, "Message.$": "States.JsonToString($)"},
            "End": True,
        },
        "No": {"Type": "Fail", "Error": "TooSmall"},
    }
    arn = machine(client, states, "Double")
    assert run(client, arn, {"n": 4})["status"] == "SUCCEEDED"
    assert client("ssm").get_parameter(Name="/n")["Parameter"]["Value"] == "8"
    assert json.loads(until(read)[0]["Body"]) == {"n": 8}
    failed = run(client, arn, {"n": 1})
    assert (failed["status"], failed["error"]) == ("FAILED", "Ssm.ParameterAlreadyExistsException")


def test_a_failed_task_is_tried_again_and_caught_under_awss_name(client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "3600")
    states = {
        "Start": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sagemaker:describeModel",
            "Parameters": {"ModelName": "missing"},
            "Retry": [{"ErrorEquals": ["SageMaker.SageMakerException"], "IntervalSeconds": 600, "MaxAttempts": 2}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
            "End": True,
        },
        "Caught": {"Type": "Pass", "End": True},
    }
    done = run(client, machine(client, states, "Start"))
    assert (done["status"], json.loads(done["output"])["Error"]) == ("SUCCEEDED", "SageMaker.SageMakerException")
    history = client("stepfunctions").get_execution_history(executionArn=done["executionArn"])["events"]
    assert [one["type"] for one in history].count("TaskFailed") == 3


def test_the_end_of_an_execution_is_an_event_and_a_rule_starts_the_next(client: Callable[..., Any]) -> None:
    arn = machine(client, {"P": {"Type": "Pass", "End": True}}, "P")
    queue_arn, read = queue(client, "q")
    bus = client("events")
    ended = {"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"], "stateMachineArn": [arn]}}
    bus.put_rule(Name="ended", EventPattern=json.dumps(ended))
    bus.put_targets(Rule="ended", Targets=[{"Id": "t", "Arn": queue_arn, "InputPath": "$.detail.input"}])
    bus.put_rule(Name="go", EventPattern='{"source": ["mine"]}')
    bus.put_targets(Rule="go", Targets=[{"Id": "t", "Arn": arn, "RoleArn": ROLE, "InputPath": "$.detail"}])
    bus.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": '{"n": 1}'}])
    assert json.loads(json.loads(until(read)[0]["Body"])) == {"n": 1}


def test_a_definition_is_validated_as_the_provider_asks_for_it(client: Callable[..., Any]) -> None:
    api = client("stepfunctions")
    fine = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    assert api.validate_state_machine_definition(definition=fine)["result"] == "OK"
    told = api.validate_state_machine_definition(definition='{"StartAt": 1}')
    assert (told["result"], told["diagnostics"][0]["severity"]) == ("FAIL", "ERROR")
    with pytest.raises(ClientError, match="InvalidDefinition"):
        api.create_state_machine(name="m", definition='{"StartAt": 1}', roleArn=ROLE)
    arn = api.create_state_machine(name="m", definition=fine, roleArn=ROLE, publish=True)["stateMachineArn"]
    assert [one["stateMachineVersionArn"] for one in api.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]] == [
        f"{arn}:1"
    ]


def test_an_execution_is_stopped_while_it_waits(client: Callable[..., Any]) -> None:
    arn = machine(client, {"W": {"Type": "Wait", "Seconds": 600, "End": True}}, "W")
    api = client("stepfunctions")
    execution = api.start_execution(stateMachineArn=arn)["executionArn"]
    until(lambda: api.get_execution_history(executionArn=execution)["events"])
    api.stop_execution(executionArn=execution, cause="enough")
    until(lambda: api.describe_execution(executionArn=execution)["status"] == "ABORTED")
    assert REGION in execution

"""The state machine: what Step Functions' own grammar says to it, and its paths to success and to a message."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import validate_parameters

from modules.training.spec import MAX_POLLS, TriggersSpec
from modules.training.state_machine import definition_text, state_machine
from tests.modules.support import messages
from tests.modules.training.wine import NAMING

TOPIC = "arn:aws:sns:eu-west-1:111111111111:slipway-dev-training"
SCHEDULE = {"expression": "cron(0 3 ? * SUN *)"}


def text(**options: Any) -> str:
    return definition_text(NAMING, "wine", TriggersSpec.model_validate({"schedule": SCHEDULE, **options}), TOPIC)


def machine(**options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text(**options))
    return found


def parse(definition: str) -> None:
    """The Amazon States Language by the grammar and the checks that moto took over from LocalStack."""
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    AmazonStateLanguageParser.parse(definition)


def test_the_grammar_takes_it_and_refuses_a_broken_one() -> None:
    from moto.stepfunctions.parser.asl.parse.asl_parser import ASLParserException

    parse(text())
    with pytest.raises(ASLParserException):
        parse(text().replace('"Next":"Wait"', '"Nxt":"Wait"'))


def test_every_state_is_there_and_reached() -> None:
    states = machine()["States"]
    reached, todo = set(), [machine()["StartAt"]]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += _next(states[name])
    assert reached == set(states)


def _next(state: dict[str, Any]) -> list[str]:
    found = [state[name] for name in ("Next", "Default") if name in state]
    return found + [item["Next"] for name in ("Choices", "Catch") for item in state.get(name, [])]


def test_calls_are_those_of_sagemaker_and_sns() -> None:
    """Parameters are members of the calls' input; values with `.$` are filled in at run time."""
    calls = {
        "StartExecution": ("sagemaker", "StartPipelineExecution"),
        "Describe": ("sagemaker", "DescribePipelineExecution"),
        "Notify": ("sns", "Publish"),
    }
    given: dict[str, Any] = {"PipelineParameters": [{"Name": "C", "Value": "1"}], "ClientRequestToken": "0" * 64}
    given |= {"PipelineExecutionArn": f"{NAMING.arn('sagemaker', 'pipeline/p/execution/abcdefghijkl')}", "Message": "{}"}
    for state, (service, call) in calls.items():
        found = machine()["States"][state]
        parameters = {
            name.removesuffix(".$"): given[name[:-2]] if name.endswith(".$") else value for name, value in found["Parameters"].items()
        }
        shape = botocore.session.get_session().get_service_model(service).operation_model(call).input_shape
        validate_parameters(parameters, shape)
        assert call.lower() in found["Resource"].lower()


def test_throttling_is_met_with_patience_and_everything_else_with_a_message() -> None:
    for name in ("StartExecution", "Describe"):
        state = machine()["States"][name]
        (retry,) = state["Retry"]
        assert retry["BackoffRate"] == 2 and retry["MaxAttempts"] >= 6 and retry["JitterStrategy"] == "FULL"
        assert state["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Notify"}]
    assert machine()["States"]["Notify"]["Next"] == "Failed"


def test_one_run_starts_one_execution() -> None:
    """The same token however often the call is tried."""
    token = machine()["States"]["StartExecution"]["Parameters"]["ClientRequestToken.$"]
    assert token == "States.Hash($$.Execution.Id, 'SHA-256')"


def test_it_looks_until_the_time_is_over_and_its_history_is_not() -> None:
    running = machine(poll_seconds=60, timeout_in_hours=10)["States"]["Ended?"]["Choices"][1]["And"]
    assert running[1] == {"Variable": "$.count.polls", "NumericLessThan": 600}
    assert machine(poll_seconds=60, timeout_in_hours=10)["TimeoutSeconds"] == 39_600
    assert MAX_POLLS * 11 < 25_000
    (said,) = messages(TriggersSpec, {"schedule": SCHEDULE, "poll_seconds": 10, "timeout_in_hours": 24})
    assert "24 h at one look every 10 s are 8640 looks" in said


def test_the_definition_is_what_create_state_machine_takes() -> None:
    shape = botocore.session.get_session().get_service_model("stepfunctions").operation_model("CreateStateMachine").input_shape
    validate_parameters({"name": "n", "roleArn": "r", "definition": text()}, shape)
    assert (
        state_machine(NAMING, "wine", TriggersSpec.model_validate({"schedule": SCHEDULE}), TOPIC)["States"]["Notify"]["Parameters"][
            "TopicArn"
        ]
        == TOPIC
    )

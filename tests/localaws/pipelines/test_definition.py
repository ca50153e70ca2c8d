"""Definitions: what is refused, parameters and their types, expressions, conditions, durations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sagemaker.exceptions import ValidationError

from slipway.localaws.pipelines import cache
from slipway.localaws.pipelines.conditions import holds
from slipway.localaws.pipelines.definition import Node, parameters, read
from slipway.localaws.pipelines.errors import StepFailed
from slipway.localaws.pipelines.values import Scope, resolve
from tests.localaws.jobs.lab import ROLE
from tests.localaws.pipelines.lab import condition, fail, get

SCOPE = Scope(
    parameters={"Name": "x", "Count": 3},
    execution={"PipelineExecutionId": "abc"},
    steps={"Train": {"Outputs": [{"OutputName": "a", "Uri": "s3://a"}, {"OutputName": "b", "Uri": "s3://b"}]}},
)


def step(name: str, **arguments: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Processing", "Arguments": arguments}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("no json", "It must be JSON with a Version"),
        ({"Version": "2019-01-01", "Steps": []}, "Version 2019-01-01 is not 2020-12-01"),
        ({"Version": "2020-12-01", "Steps": [step("A"), step("A")]}, r"Step names must be unique: \[A\]"),
        ({"Version": "2020-12-01", "Steps": [step("A", x=get("Steps.B.y"))]}, r"Step A depends on steps that do not exist: \[B\]"),
        ({"Version": "2020-12-01", "Steps": [step("A", x=get("Parameters.B"))]}, r"Step A refers to parameters that do not exist: \[B\]"),
        ({"Version": "2020-12-01", "Steps": [step("A", x=get("Steps.B.y")), step("B", x=get("Steps.A.y"))]}, r"a cycle of steps: \[A, B\]"),
        ({"Version": "2020-12-01", "Parameters": [{"Name": "P", "Type": "Text"}], "Steps": []}, "Parameter P has no type"),
        ({"Version": "2020-12-01", "Steps": [{"Name": "A"}]}, "A step lacks 'Type'"),
    ],
)
def test_definitions_that_create_pipeline_refuses(client: Any, document: Any, message: str):
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(ClientError, match=message):
        client("sagemaker").create_pipeline(PipelineName="p", PipelineDefinition=text, RoleArn=ROLE)


def test_steps_of_branches_wait_for_their_condition():
    document = {"Version": "2020-12-01", "Steps": [condition("C", [], [step("Good")], [fail("Bad", "no")]), step("Free")]}
    nodes = {node.name: node for node in read(json.dumps(document)).nodes}
    assert nodes["Good"].branch == ("C", True) and nodes["Bad"].branch == ("C", False) and nodes["Free"].branch is None
    assert nodes["Good"].needs == {"C"} and not nodes["C"].needs


@pytest.mark.parametrize(
    ("kind", "text", "value"), [("String", "a", "a"), ("Integer", "3", 3), ("Float", "0.5", 0.5), ("Boolean", "true", True)]
)
def test_parameters_have_types(kind: str, text: str, value: Any):
    assert parameters({"Parameters": [{"Name": "P", "Type": kind}]}, [{"Name": "P", "Value": text}]) == {"P": value}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Q": "1"}, "Unknown parameters for pipeline: [Q]"),
        ({}, "Parameters [P] do not have a default value"),
        ({"P": "x"}, "x is not of type Integer"),
        ({"P": "1", "E": "c"}, "c is none of [a, b]"),
    ],
)
def test_parameters_that_start_refuses(given: dict[str, str], message: str):
    declared = [{"Name": "P", "Type": "Integer"}, {"Name": "E", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]}]
    with pytest.raises(ValidationError) as refused:
        parameters({"Parameters": declared}, [{"Name": name, "Value": value} for name, value in given.items()])
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (get("Parameters.Count"), 3),
        ({"Std:Join": {"On": "-", "Values": ["a", get("Parameters.Count"), get("Execution.PipelineExecutionId"), True]}}, "a-3-abc-true"),
        (get("Steps.Train.Outputs['b'].Uri"), "s3://b"),
        (get("Steps.Train.Outputs[0].Uri"), "s3://a"),
        ({"deep": [{"x": get("Parameters.Name")}]}, {"deep": [{"x": "x"}]}),
    ],
)
def test_expressions(expression: Any, value: Any):
    assert resolve(expression, SCOPE) == value


@pytest.mark.parametrize("path", ["Steps.Train.Outputs['c'].Uri", "Parameters.Other", "Elsewhere.X", "Steps.Train.Outputs[("])
def test_expressions_that_lead_nowhere(path: str):
    with pytest.raises(StepFailed):
        resolve(get(path), SCOPE)


TRUE, FALSE = ({"Type": "Equals", "LeftValue": 1, "RightValue": right} for right in (1, 2))


@pytest.mark.parametrize(
    ("one", "holding"),
    [
        ({"Type": "GreaterThan", "LeftValue": get("Parameters.Count"), "RightValue": 2}, True),
        ({"Type": "GreaterThan", "LeftValue": 3, "RightValue": 3}, False),
        ({"Type": "GreaterThanOrEqualTo", "LeftValue": 3, "RightValue": 3.0}, True),
        ({"Type": "LessThan", "LeftValue": 3, "RightValue": 3}, False),
        ({"Type": "LessThanOrEqualTo", "LeftValue": 3, "RightValue": 3}, True),
        ({"Type": "In", "QueryValue": get("Parameters.Name"), "Values": ["x", "y"]}, True),
        ({"Type": "In", "QueryValue": "z", "Values": ["x", "y"]}, False),
        ({"Type": "Not", "Expression": TRUE}, False),
        ({"Type": "Or", "Conditions": [FALSE, TRUE]}, True),
        ({"Type": "Or", "Conditions": [FALSE, {"Type": "Not", "Expression": TRUE}]}, False),
    ],
)
def test_conditions(one: dict[str, Any], holding: bool):
    assert holds(one, SCOPE) is holding


@pytest.mark.parametrize("one", [{"Type": "GreaterThan", "LeftValue": "a", "RightValue": 1}, {"Type": "Like"}])
def test_conditions_that_cannot_be_decided(one: dict[str, Any]):
    with pytest.raises(StepFailed):
        holds(one, SCOPE)


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT1H", 3600), ("P30D", 30 * 86_400), ("30dT5h", 30 * 86_400 + 5 * 3600), ("T16m", 960), ("P1M", 30 * 86_400)]
)
def test_durations_of_the_cache(text: str, seconds: float):
    node = Node("A", {"Name": "A", "Type": "Training", "CacheConfig": {"Enabled": True, "ExpireAfter": text}}, frozenset())
    assert cache.expiry_seconds(node) == seconds
    with pytest.raises(StepFailed):
        cache.expiry_seconds(Node("A", {"CacheConfig": {"Enabled": True, "ExpireAfter": "soon"}}, frozenset()))

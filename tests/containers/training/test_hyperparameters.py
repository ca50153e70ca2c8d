"""Strings become values, values become arguments."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from trainer import hyperparameters
from trainer.failure import TrainingFailed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-0.5", -0.5),
        ("1e-3", 0.001),
        ("true", True),
        ("null", None),
        ('"adam"', "adam"),
        ('"3"', "3"),
        ("adam", "adam"),
        ("", ""),
        ("007", "007"),
        ("1_000", "1_000"),
        ("True", "True"),
        ("[1, 2]", [1, 2]),
        ('{"a": "1"}', {"a": "1"}),
        ("{not json", "{not json"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ("[1e999]", "[1e999]"),
        ("s3://bucket/key", "s3://bucket/key"),
    ],
)
def test_a_string_gets_its_type(text: str, value: Any):
    found = hyperparameters.typed(text)
    assert (found, type(found)) == (value, type(value))


def test_an_object_is_typed_value_by_value():
    assert hyperparameters.typed({"a": "1", "b": "x"}) == {"a": 1, "b": "x"}
    assert hyperparameters.typed(4) == 4


def test_arguments_as_the_training_toolkit_gives_them():
    given = {"max-iter": 5, "C": 1.0, "name": "a b", "nothing": None, "flag": True, "sizes": [1, 2], "map": {"b": 2, "a": 1}}
    assert hyperparameters.arguments(given) == [
        *("-C", "1.0"),
        *("--flag", "True"),
        *("--map", "a=1,b=2"),
        *("--max-iter", "5"),
        *("--name", "a b"),
        *("--nothing", ""),
        *("--sizes", "[1, 2]"),
    ]


def test_what_is_for_the_container_does_not_reach_the_program(tmp_path: Path):
    path = tmp_path / "hyperparameters.json"
    values = {"sagemaker_program": '"fit.py"', "sagemaker_region": "eu-west-1", "_tuning_objective_metric": '"loss"', "epochs": "3"}
    path.write_text(json.dumps(values))
    found = hyperparameters.read(path)
    assert found.program == {"epochs": 3}
    assert (found.option("sagemaker_program"), found.option("sagemaker_submit_directory")) == ("fit.py", "")


def test_no_file_is_no_hyperparameters(tmp_path: Path):
    assert hyperparameters.read(tmp_path / "hyperparameters.json").program == {}


@pytest.mark.parametrize("text", ["{", "[1]", '"a"', "\x00", '{"a": NaN}', '{"a": 1e999}'])
def test_a_damaged_file_is_named(tmp_path: Path, text: str):
    path = tmp_path / "hyperparameters.json"
    path.write_text(text)
    with pytest.raises(TrainingFailed, match=r"input/config/hyperparameters.json"):
        hyperparameters.read(path)


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("a=b", "1", "name"),
        ("", "1", "name"),
        ("a\0", "1", "name"),
        ("a", "x\0y", "value"),
        ("a", '{"b": "\\u0000"}', "value"),
        ("a", '"\\ud800"', "value"),
    ],
)
def test_what_no_process_can_be_given_is_named(tmp_path: Path, name: str, value: str, what: str):
    path = tmp_path / "hyperparameters.json"
    path.write_text(json.dumps({name: value}))
    with pytest.raises(TrainingFailed, match=f"hyperparameter {re.escape(repr(name))}: its {what} cannot be handed to a program"):
        hyperparameters.read(path)

"""What a pipeline's options refuse, with words that say what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.training.fit import problems
from modules.training.source import LIMIT, read_source
from modules.training.spec import (
    PipelineSpec,
    SourceSpec,
    TrainingSpec,
    TriggersSpec,
    package_group_name,
    pipeline_name,
    role_name,
    runs_role_name,
    trigger_role_name,
)
from modules.training.steps import NumberRange, TrainingStepSpec
from tests.modules.support import messages
from tests.modules.training.full import FULL
from tests.modules.training.wine import NAMING, wine_spec


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        (
            TrainingStepSpec,
            {"max_runtime_in_seconds": 600, "spot": {"max_wait_in_seconds": 300}},
            "must not be less than max_runtime_in_seconds",
        ),
        (TrainingStepSpec, {"hyperparameters": {"a": "${x}"}}, "Terraform would read"),
        (TrainingStepSpec, {"program": "../train.py"}, "String should match pattern"),
        (TrainingStepSpec, {"program": "/train.py"}, "String should match pattern"),
        (NumberRange, {"min_value": 2, "max_value": 1}, "must be less than max_value"),
        (NumberRange, {"min_value": 0.5, "max_value": 3, "integer": True}, "needs whole min_value"),
        (TriggersSpec, {}, "needs a schedule, an arrival, or both"),
        (TriggersSpec, {"schedule": {"expression": "every day"}}, "String should match pattern"),
        (SourceSpec, {"dir": "x", "include": ["a/../../b"]}, "cannot lead out of the folder"),
        (SourceSpec, {"dir": "x", "include": []}, "at least 1 item"),
        (TrainingSpec, {"pipelines": {}}, "at least 1 item"),
    ],
)
def test_refused(kind: Any, options: Any, said: str) -> None:
    found = messages(kind, options)
    assert len(found) >= 1 and any(said in item for item in found), found


def fit(**changes: Any) -> list[str]:
    return [f"{'.'.join(map(str, path))}: {text}" for path, text in problems(wine_spec(**changes))]


TUNING: dict[str, Any] = {"metric": "accuracy", "ranges": {"depth": {"min_value": 1, "max_value": 2}}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        (FULL, []),
        (
            {"condition": {"metric": "a", "threshold": {"parameter": "TrainInstanceType"}}},
            ["condition.threshold.parameter: parameter TrainInstanceType is of type String; this takes Float or Integer"],
        ),
        (
            {"evaluation": {"program": "evaluate.py", "inputs": {"test": {"output": "tset"}}}},
            ["evaluation.inputs.test.output: unknown output of the processing step 'tset'; there is test, train"],
        ),
        (
            {"evaluation": {"program": "evaluate.py", "inputs": {"model": {"output": "test"}}}},
            ["evaluation.inputs.model: model is given by the pipeline itself; take another name"],
        ),
        ({"evaluation": {"program": "e.py", "inputs": {"test": {}}}}, ["evaluation.inputs.test: name either an `output` of the processing step or an `s3_uri`"]),
        ({"evaluation": {"program": "e.py", "outputs": ["evaluation"]}}, ["evaluation.outputs: evaluation is written without being named here"]),
        ({"processing": {"program": "p.py", "inputs": {"x": {"output": "train"}}, "outputs": ["train", "test"]}}, ["processing.inputs.x.output: the processing step cannot read what it writes; give an s3_uri"]),
        ({"processing": {"program": "p.py", "outputs": ["train", "test", "test"]}}, ["processing.outputs: names an output twice"]),
        ({"training": {"hyperparameters": {"sagemaker_program": "x"}}}, ["training.hyperparameters.sagemaker_program: sagemaker_program is set by the pipeline itself; use training.program"]),
        ({"tuning": {**TUNING, "metric": "loss"}}, ["tuning.metric: unknown metric of training.metric_definitions 'loss'; there is accuracy, cv_accuracy"]),
        ({"tuning": {**TUNING, "ranges": {"C": {"min_value": 1, "max_value": 2}}}}, ["tuning.ranges.C: C is also fixed in training.hyperparameters; leave it out there"]),
        ({"tuning": {**TUNING, "max_number_of_training_jobs": 1}}, ["tuning.max_parallel_training_jobs: more at a time than in all (1)"]),
        ({"tuning": {**TUNING, "ranges": {"d": {"min_value": 0, "max_value": 2, "scaling_type": "Logarithmic"}}}}, ["tuning.ranges.d.scaling_type: Logarithmic needs values above 0"]),
        ({"tuning": {**TUNING, "ranges": {"d": {"min_value": 0, "max_value": 2, "scaling_type": "ReverseLogarithmic"}}}}, ["tuning.ranges.d.scaling_type: ReverseLogarithmic needs values from 0 to below 1"]),
        (
            {"triggers": {"arrival": {"prefix": "runs/", "parameter": "Folds"}}},
            [
                "triggers.arrival.parameter: parameter Folds is of type Integer; this takes String",
                "triggers.arrival.prefix: source/ and runs/ are the pipelines' own; let data arrive elsewhere, such as incoming/",
            ],
        ),
        (
            {"triggers": {"schedule": {"expression": "rate(1 day)", "parameters": {"Depth": "1"}}}},
            [
                "triggers.schedule.parameters.Depth: unknown parameter 'Depth'; "
                "there is AccuracyThreshold, C, Folds, InputData, ModelApprovalStatus, TestShare, TrainInstanceType"
            ],
        ),
    ],
)  # fmt: skip
def test_parts_must_fit_each_other(changes: dict[str, Any], said: list[str]) -> None:
    assert fit(**changes) == said


def test_a_default_must_be_one_of_the_allowed() -> None:
    bad = {"parameters": {"A": {"default": "x", "enum_values": ["y"]}}}
    found = messages(PipelineSpec, {**wine_spec().model_dump(exclude_none=True), **bad})
    assert any("the default 'x' is none of enum_values: y" in item for item in found), found


def test_the_source_is_what_the_patterns_name(tmp_path: Path) -> None:
    for name in ("a.py", "code/b.py", "__pycache__/c.py", "notes.txt"):
        (tmp_path / "wine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "wine" / name).write_text(name)
    assert read_source(SourceSpec(dir="wine", include=("**/*.py",)), tmp_path) == {"a.py": b"a.py", "code/b.py": b"code/b.py"}
    with pytest.raises(ValueError, match="no file like"):
        read_source(SourceSpec(dir="wine", include=("*.csv",)), tmp_path)
    with pytest.raises(ValueError, match="no folder beer"):
        read_source(SourceSpec(dir="beer"), tmp_path)
    (tmp_path / "wine" / "big.py").write_bytes(bytes(LIMIT + 1))
    with pytest.raises(ValueError, match="put data into the training bucket"):
        read_source(SourceSpec(dir="wine"), tmp_path)


def test_names_fit_and_differ() -> None:
    for naming in (NAMING, Naming("p" * 20, "e" * 20, "111111111111", "eu-west-1")):
        names = [function(naming, "w" * 40) for function in (pipeline_name, role_name, runs_role_name, trigger_role_name)]
        assert len(set(names)) == 4 and all(len(name) <= 64 for name in names)
        assert len(package_group_name(naming, "w" * 40)) <= 63

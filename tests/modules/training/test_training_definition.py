"""The rendered definition: the golden wine pipeline, AWS's rules about definitions, and every option at a value of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modules.training.definition import definition_text, pipeline_definition
from tests.modules.support import at
from tests.modules.training.definition_schema import errors
from tests.modules.training.full import FULL
from tests.modules.training.wine import KEY, NAMING, REGISTRY, wine_refs, wine_spec

GOLDEN = Path(__file__).with_name("wine_definition.json")
RUN = f"s3://{NAMING.bucket('training')}/runs/wine"


def rendered(**changes: Any) -> dict[str, Any]:
    return pipeline_definition(wine_spec(**changes), wine_refs())


def full(**changes: Any) -> dict[str, Any]:
    refs = wine_refs(
        images={name: f"{REGISTRY}/{name}@sha256:{'a' * 64}" for name in ("training", "pandas")},
        subnet_ids=("subnet-1", "subnet-2"),
        security_group_ids=("sg-1",),
    )
    return pipeline_definition(wine_spec(**{**FULL, **changes}), refs)


def steps(definition: Any) -> dict[str, dict[str, Any]]:
    """Every step by its name, those inside conditions too."""
    return {step["Name"]: step for step in _each(definition["Steps"])}


def _each(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for step in found:
        yield step
        yield from _each(step["Arguments"].get("IfSteps", []) + step["Arguments"].get("ElseSteps", []))


def test_the_wine_definition_is_the_golden_one() -> None:
    """A change of it is read in review; write it anew with `json.dumps(..., indent=2)`."""
    assert rendered() == json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert json.loads(definition_text(wine_spec(), wine_refs())) == rendered()


@pytest.mark.parametrize(
    "definition",
    [rendered(), full(), full(tuning=None), rendered(processing=None, evaluation={"program": "evaluate.py"}, training={})],
    ids=["wine", "full", "full without tuning", "without processing"],
)
def test_definitions_follow_the_published_rules_and_botocore(definition: dict[str, Any]) -> None:
    assert errors(definition) == []
    assert len(json.dumps(definition)) < 1_048_576  # CreatePipeline


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("Steps[1].Arguments.RoleArn", None, "'RoleArn' is a required property"),
        ("Steps[1].Arguments.ResourceConfig.InstanceCount", "1", "is not valid under any of the given schemas"),
        ("Steps[1].Arguments.Spot", True, "'Spot' was unexpected"),
        ("Steps[1].Type", "Train", "'Train' is not one of"),
        ("Steps[1].Name", "no spaces", "does not match"),
        ("Steps[3].Arguments.Conditions[0].Type", "AtLeast", "is not valid under any of the given schemas"),
        ("Steps[0].RetryPolicies[0].ExceptionType", ["Everything"], "is not one of"),
        ("Steps[3].CacheConfig", {"Enabled": True}, "'CacheConfig' was unexpected"),
        ("Parameters[0].EnumValues", [1], "is not of type"),
        ("Version", "2021", "'2020-12-01' was expected"),
        ("Comment", "x", "'Comment' was unexpected"),
    ],
)
def test_the_schema_refuses(path: str, value: Any, said: str) -> None:
    """A schema that accepts everything would prove nothing."""
    definition = rendered()
    parent, _, name = path.rpartition(".")
    place = at(definition, parent) if parent else definition
    if value is None:
        place.pop(name)
    else:
        place[name] = value
    found = errors(definition)
    assert len(found) >= 1
    assert any(said in item for item in found), found


def test_every_reference_names_a_step_before_it_or_a_parameter() -> None:
    for definition in (rendered(), full(), full(tuning=None)):
        parameters = {item["Name"] for item in definition["Parameters"]}
        seen: set[str] = set()
        for step in _each(definition["Steps"]):
            arguments = {name: value for name, value in step["Arguments"].items() if name not in ("IfSteps", "ElseSteps")}
            for reference in _references(arguments):
                kind, _, rest = reference.partition(".")
                name = rest.partition(".")[0]
                assert name in {"Parameters": parameters, "Steps": seen, "Execution": {"PipelineName", "PipelineExecutionId"}}[kind], (
                    reference
                )
            seen.add(step["Name"])


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if set(value) == {"Get"}:
            yield value["Get"]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def test_only_a_model_that_reaches_the_threshold_is_registered() -> None:
    """The one way to RegisterModel leads through the condition."""
    definition = rendered()
    assert [step["Type"] for step in definition["Steps"]] == ["Processing", "Training", "Processing", "Condition"]
    check = definition["Steps"][-1]["Arguments"]
    assert [step["Type"] for step in check["IfSteps"]] == ["RegisterModel"]
    assert check["ElseSteps"] == []
    (condition,) = check["Conditions"]
    assert condition["Type"] == "GreaterThanOrEqualTo"
    assert condition["LeftValue"]["Std:JsonGet"]["PropertyFile"] == {"Get": "Steps.Evaluate.PropertyFiles.EvaluationReport"}
    assert condition["RightValue"] == {"Get": "Parameters.AccuracyThreshold"}


def test_every_job_is_encrypted_isolated_pinned_and_tagged() -> None:
    for step in _each(full()["Steps"]):
        text = json.dumps(step["Arguments"])
        assert "@sha256:" in text or step["Type"] in ("Transform", "Fail")
        if step["Type"] in ("Processing", "Training", "Tuning", "Transform"):
            assert text.count(KEY) == 2, "output and volume"
            assert {"Key": "pipeline", "Value": "wine"} in step["Arguments"]["Tags"]
    wine = steps(rendered())
    assert wine["Train"]["Arguments"]["EnableNetworkIsolation"] is True
    assert wine["Prepare"]["Arguments"]["NetworkConfig"] == {"EnableNetworkIsolation": True, "EnableInterContainerTrafficEncryption": True}


def test_local_disks_take_no_volume_key() -> None:
    wine = steps(rendered(training={"compute": {"instance_type": "ml.g4dn.xlarge"}}))
    assert "VolumeKmsKeyId" not in wine["Train"]["Arguments"]["ResourceConfig"]


def test_executions_keep_their_files_apart() -> None:
    """Two executions at a time write nowhere the same, and one takes up no other's checkpoints."""
    definition = rendered()
    wine = steps(definition)
    written = [
        output["S3Output"]["S3Uri"]
        for name in ("Prepare", "Evaluate")
        for output in wine[name]["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    ]
    written += [wine["Train"]["Arguments"]["OutputDataConfig"]["S3OutputPath"], wine["Train"]["Arguments"]["CheckpointConfig"]["S3Uri"]]
    for address in written:
        assert address["Std:Join"]["Values"][:2] == [RUN, {"Get": "Execution.PipelineExecutionId"}]
    assert len({json.dumps(address) for address in written}) == len(written)

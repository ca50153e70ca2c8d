"""What a pipeline names must exist and fit: told with file, line and reason when the environment is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slipway.config.load import load_environment
from slipway.config.problems import ConfigErrors
from tests.config.full import full
from tests.config.support import project

AT = "training.pipelines.weekly"


def problems(folder: Path, data: dict[str, Any]) -> list[str]:
    try:
        load_environment("case", project(folder, case=json.dumps(data, indent=1)))
    except ConfigErrors as error:
        return [str(problem) for problem in error.problems if " training." in str(problem)]
    return []


def changed(**options: Any) -> dict[str, Any]:
    """The full environment without what pipelines have nothing to do with, and with other options of its pipeline."""
    data = {name: value for name, value in full().items() if name not in ("endpoints", "network", "api", "load_test", "observability")}
    data = {name: value for name, value in data.items() if name not in ("operations", "delivery", "notifications")}
    data["models"] = {name: data["models"][name] for name in ("wine", "chain")}
    data["training"]["pipelines"]["weekly"] |= options
    return data


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, []),
        ({"model": "wnie"}, [f"{AT}.model: unknown model 'wnie'; did you mean wine?"]),
        ({"model": "chain"}, [f"{AT}.model: model chain is of kind pipeline; a pipeline registers packages of single models"]),
        ({"image": "othr"}, [f"{AT}.image: unknown registry 'othr'; did you mean other?"]),
        ({"inference_image": "none"}, [f"{AT}.inference_image: unknown registry 'none'; known: inference, other"]),
        (
            {"condition": {"metric": "a", "threshold": {"parameter": "Data"}}},
            [f"{AT}.condition.threshold.parameter: parameter Data is of type String; this takes Float or Integer"],
        ),
        (
            {"evaluation": {"program": "evaluat.py", "inputs": {"test": {"output": "test"}}}},
            [f"{AT}.evaluation.program: training has no file evaluat.py in `source.include`; did you mean evaluate.py?"],
        ),
        ({"source": {"dir": "elsewhere"}}, [f"{AT}.source.dir: there is no folder elsewhere"]),
    ],
)
def test_references(tmp_path: Path, options: dict[str, Any], said: list[str]) -> None:
    found = problems(tmp_path, changed(**options))
    assert [line.partition(" ")[2] for line in found] == said
    assert all(line.startswith("environments/case.yaml:") for line in found)


def test_the_models_key_is_the_pipelines_own_by_default(tmp_path: Path) -> None:
    data = changed()
    del data["training"]["pipelines"]["weekly"]["model"]
    (found,) = problems(tmp_path, data)
    assert f"{AT}: unknown model 'weekly'" in found


def test_private_needs_the_network(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, changed(network="private"))
    assert f"{AT}.network: private needs the environment's `network`, which this file does not have" in found

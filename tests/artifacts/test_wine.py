"""The sample model: trained for real, the same bytes each time, its answers those of `cases.yaml`."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import skops.io
from ruamel.yaml import YAML

from slipway.artifacts.inspect import inspect
from slipway.artifacts.pack import pack

WINE = Path(__file__).resolve().parents[2] / "examples" / "wine"
CASES = YAML(typ="safe").load((WINE / "cases.yaml").read_text())["cases"]


def load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def training() -> ModuleType:
    return load(WINE / "train.py", "wine_train")


@pytest.fixture(scope="module")
def result(training: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return training.train(tmp_path_factory.mktemp("wine") / "model")


@pytest.fixture(scope="module")
def served(result: Any) -> tuple[ModuleType, Any]:
    """The handlers as they lie in the model folder, and the model they load."""
    handlers = load(result.folder / "code" / "inference.py", "wine_inference")
    return handlers, handlers.model_fn(str(result.folder))


def test_it_is_good_on_wines_it_has_not_seen_and_the_readme_says_so(result: Any, training: ModuleType) -> None:
    assert (result.train_rows, result.test_rows) == (124, 54)
    assert result.accuracy >= training.ACCURACY_FLOOR
    assert f"accuracy {result.accuracy:.3f}, log loss {result.log_loss:.3f}" in (WINE / "README.md").read_text()


def test_a_model_below_the_floor_is_not_written(training: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "ACCURACY_FLOOR", 1.01)
    with pytest.raises(ValueError, match="held-out wines is below"):
        training.train(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_another_process_trains_the_same_archive(result: Any, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONHASHSEED": "3", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, WINE / "train.py", tmp_path / "again"], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert f"accuracy={result.accuracy:.4f};" in done.stdout
    assert pack(tmp_path / "again", tmp_path / "2.tar.gz").sha256 == pack(result.folder, tmp_path / "1.tar.gz").sha256


def test_the_archive_is_sound_and_needs_no_pickle(result: Any, tmp_path: Path) -> None:
    found = inspect(pack(result.folder, tmp_path / "a.tar.gz").path)
    assert not found.problems
    assert (found.code, found.manifest.model, found.manifest.format) == ("code/inference.py", "model.skops", "skops")
    assert not found.manifest.allow_pickle and found.manifest.row_independent
    assert skops.io.get_untrusted_types(file=result.folder / "model.skops") == []
    with zipfile.ZipFile(result.folder / "model.skops") as opened:
        assert {item.date_time for item in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_cases(served: tuple[ModuleType, Any], case: dict[str, Any]) -> None:
    handlers, model = served
    expect = case["expect"]
    if expect["status"] != 200:
        with pytest.raises(ValueError) as refused:
            handlers.input_fn(case["body"].encode(), case["content_type"])
        assert getattr(refused.value, "status", 400) == expect["status"]
        return
    prediction = handlers.predict_fn(handlers.input_fn(case["body"].encode(), case["content_type"]), model)
    body, content_type = handlers.output_fn(prediction, case.get("accept", "application/json"))
    assert content_type == expect["content_type"]
    assert (
        close(json.loads(body), expect["json"], expect["tolerance"])
        if "json" in expect
        else close(fields(body), fields(expect["text"]), expect["tolerance"])
    )


def test_a_row_does_not_depend_on_its_neighbours(served: tuple[ModuleType, Any]) -> None:
    handlers, model = served
    from sklearn.datasets import load_wine

    data = load_wine().data
    whole = handlers.predict_fn(data, model)["probabilities"]
    assert all(abs(handlers.predict_fn(data[i : i + 1], model)["probabilities"][0] - whole[i]).max() < 1e-12 for i in range(0, 178, 11))


def fields(text: str) -> list[list[Any]]:
    return [[float(field) if field[:1].isdigit() else field for field in line.split(",")] for line in text.splitlines()]


def close(found: Any, expected: Any, tolerance: float) -> bool:
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and found.keys() == expected.keys()
            and all(close(found[key], expected[key], tolerance) for key in expected)
        )
    if isinstance(expected, list):
        return isinstance(found, list) and len(found) == len(expected) and all(map(close, found, expected, [tolerance] * len(found)))
    return abs(found - expected) <= tolerance if isinstance(expected, float) else found == expected

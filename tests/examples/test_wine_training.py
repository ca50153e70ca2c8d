"""The sample's training program: its own data or a channel's, and folds that survive an interruption."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from sklearn.datasets import load_wine

WINE = Path(__file__).resolve().parents[2] / "examples" / "wine"


@pytest.fixture(scope="module")
def wine() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wine_program", WINE / "train.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def write_csv(path: Path) -> None:
    data = load_wine()
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*data.feature_names, "cultivar"])
        writer.writerows([*map(repr, row.tolist()), data.target_names[kind]] for row, kind in zip(data.data, data.target, strict=True))


def test_a_channel_with_the_same_rows_gives_the_same_model(wine: ModuleType, tmp_path: Path):
    (tmp_path / "train").mkdir()
    write_csv(tmp_path / "train" / "wine.csv")
    wine.train(tmp_path / "a", wine.Options(folds=0))
    wine.train(tmp_path / "b", wine.Options(folds=0), data_dir=tmp_path / "train")
    assert (tmp_path / "a" / "model.skops").read_bytes() == (tmp_path / "b" / "model.skops").read_bytes()


@pytest.mark.parametrize(
    "features", [{"OPENBLAS_CORETYPE": "Haswell"}, {"OPENBLAS_CORETYPE": "Nehalem"}, {"OPENBLAS_NUM_THREADS": "1"}, {}]
)
def test_other_processors_give_the_same_model(wine: ModuleType, tmp_path: Path, features: dict[str, str]):
    """Matrix kernels are chosen by processor and round differently in the last bits."""
    wine.train(tmp_path / "here", wine.Options(folds=0))
    others = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS", "OMP"))}
    command = [sys.executable, WINE / "train.py", tmp_path / "there", "--folds", "0"]
    subprocess.run(command, env={**others, **features}, check=True, capture_output=True)
    assert (tmp_path / "here" / "model.skops").read_bytes() == (tmp_path / "there" / "model.skops").read_bytes()


def test_an_interrupted_cross_validation_goes_on_with_the_next_fold(wine: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fit = wine._fit
    fitted = 0

    def breaks_at_the_fourth(*given: object) -> object:
        nonlocal fitted
        fitted += 1
        if fitted == 4:
            raise KeyboardInterrupt
        return fit(*given)

    monkeypatch.setattr(wine, "_fit", breaks_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        wine.train(tmp_path / "model", checkpoints=tmp_path / "checkpoints")
    assert len(json.loads((tmp_path / "checkpoints" / "folds.json").read_text())["accuracies"]) == 3
    lines: list[str] = []
    result = wine.train(tmp_path / "model", checkpoints=tmp_path / "checkpoints", tell=lines.append)
    assert fitted == 4 + 2 + 1  # three folds and the broken one, the two that were left, the model
    assert lines[0] == "resumed_folds=3;"
    assert result.fold_accuracies == wine.train(tmp_path / "other").fold_accuracies


def test_other_hyperparameters_start_anew(wine: ModuleType, tmp_path: Path):
    lines: list[str] = []
    wine.train(tmp_path / "model", wine.Options(folds=3), checkpoints=tmp_path)
    wine.train(tmp_path / "model", wine.Options(C=0.5, folds=3), checkpoints=tmp_path, tell=lines.append)
    assert lines[0] == "resumed_folds=0;"


def test_hyperparameters_count(wine: ModuleType, tmp_path: Path):
    weak = wine.train(tmp_path / "a", wine.Options(C=0.01, folds=0, test_share=0.5))
    assert (weak.train_rows, weak.test_rows) == (89, 89)
    assert weak.log_loss > 0.2


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "must hold one CSV file, found 0"),
        ({"a.csv": "x", "b.csv": "y"}, "must hold one CSV file, found 2"),
        ({"a.csv": "alcohol,cultivar\n1,2\n"}, "the header needs 13 measurements, then cultivar; found 2 columns"),
    ],
)
def test_a_channel_that_is_not_as_it_should_be(wine: ModuleType, tmp_path: Path, files: dict[str, str], message: str):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        wine.train(tmp_path / "model", data_dir=tmp_path)

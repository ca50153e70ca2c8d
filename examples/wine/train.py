"""Train the wine classifier on real data and write its model folder.

By hand: `python examples/wine/train.py [FOLDER]`. In SageMaker's script mode the same file runs unchanged: the
SM_* variables say where data, model and checkpoints are, hyperparameters arrive as arguments.

The data is scikit-learn's `load_wine`: the chemical analysis of 178 Italian wines of three cultivars (UCI, 1991),
which ships inside the package, so nothing is downloaded. A channel `train` with a CSV file replaces it; a channel `test` beside it
holds the wines to measure with, and `train` is then used whole.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).resolve().parent
SEED = 20
ACCURACY_FLOOR = 0.93
"""A model below this share of right answers on wines it has not seen is not written."""
DECIMALS = 9

MANIFEST = {"model": "model.skops", "format": "skops", "code": "code/inference.py", "row_independent": True}


@dataclass(frozen=True)
class Options:
    """Hyperparameters. `C`: inverse strength of regularisation, above 0; `folds`: of the cross-validation, 0 leaves it out."""

    C: float = 1.0
    max_iter: int = 1000
    test_share: float = 0.3
    folds: int = 5


@dataclass(frozen=True)
class TrainingResult:
    """What training gave. `accuracy` (0 to 1) and `log_loss` on the `test_rows` held out; `folder` is ready for `slipway release`.

    `fold_accuracies`: of the cross-validation on the training rows.
    """

    folder: Path
    accuracy: float
    log_loss: float
    train_rows: int
    test_rows: int
    fold_accuracies: tuple[float, ...] = ()


def train(
    output_dir: Path,
    options: Options = Options(),
    *,
    data_dir: Path | None = None,
    test_dir: Path | None = None,
    checkpoints: Path | None = None,
    tell: Callable[[str], object] = str,
) -> TrainingResult:
    """Cross-validate, train, check and write the model folder, replacing what an earlier training left there.

    data_dir: folder with one CSV file; test_dir: another with the wines held out, else a share of the first; checkpoints: folder that
    keeps finished folds, so that an interrupted training goes on where it was; tell: gets a line per metric, dropped by default.
    ValueError when the model is below the floor or the data is not as it should be.
    """
    rows, labels = read_csv(data_dir) if data_dir else _bundled()
    (x, y), (x_test, y_test) = ((rows, labels), read_csv(test_dir)) if test_dir else split(rows, labels, options.test_share)
    folds = cross_validate(x, y, options, checkpoints, tell)
    model = _fit(x, y, options)
    accuracy = float(accuracy_score(y_test, model.predict(x_test)))
    loss = float(log_loss(y_test, model.predict_proba(x_test)))
    tell(f"train_rows={len(y)}; test_rows={len(y_test)};")
    tell(f"accuracy={accuracy:.4f}; log_loss={loss:.4f};")
    if accuracy < ACCURACY_FLOOR:
        raise ValueError(f"accuracy {accuracy:.3f} on {len(y_test)} held-out wines is below {ACCURACY_FLOOR}")
    _write(output_dir, model)
    return TrainingResult(output_dir, accuracy, loss, len(y), len(y_test), tuple(folds))


Wines = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
"""Measurements, 13 in a row, and the cultivar of each row."""


def split(rows: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], test_share: float) -> tuple[Wines, Wines]:
    """The wines to train with and those held out: the same ones on every run, each cultivar with its share."""
    x, x_test, y, y_test = train_test_split(rows, labels, test_size=test_share, random_state=SEED, stratify=labels)
    return (x, y), (x_test, y_test)


def cross_validate(
    x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], options: Options, checkpoints: Path | None, tell: Callable[[str], object]
) -> list[float]:
    """The accuracy of each fold. After each one the checkpoint is replaced as a whole, so a kill at any moment loses at most one fold."""
    if not options.folds:
        return []
    checkpoint = checkpoints / "folds.json" if checkpoints else None
    settings = asdict(options)
    done: list[float] = []
    if checkpoint and checkpoint.is_file():
        kept = json.loads(checkpoint.read_text(encoding="utf-8"))
        done = kept["accuracies"] if kept["options"] == settings else []
        tell(f"resumed_folds={len(done)};")
    splits = list(StratifiedKFold(options.folds, shuffle=True, random_state=SEED).split(x, y))
    for number, (inside, outside) in enumerate(splits[len(done) :], start=len(done) + 1):
        done.append(float(accuracy_score(y[outside], _fit(x[inside], y[inside], options).predict(x[outside]))))
        tell(f"fold={number}; fold_accuracy={done[-1]:.4f};")
        if checkpoint:
            checkpoint.parent.mkdir(parents=True, exist_ok=True)
            partial = checkpoint.with_suffix(".partial")
            partial.write_text(json.dumps({"options": settings, "accuracies": done}), encoding="utf-8")
            partial.replace(checkpoint)
    tell(f"cv_accuracy={sum(done) / len(done):.4f};")
    return done


def read_csv(folder: Path) -> Wines:
    """Measurements and cultivars from the folder's one CSV file: a header, 13 numbers a line, the cultivar last."""
    files = sorted(folder.glob("*.csv"))
    if len(files) != 1:
        raise ValueError(f"{folder} must hold one CSV file, found {len(files)}")
    with files[0].open(newline="", encoding="utf-8") as stream:
        header, *lines = [line for line in csv.reader(stream) if line]
    if len(header) != 14 or header[-1] != "cultivar":
        raise ValueError(f"{files[0].name}: the header needs 13 measurements, then cultivar; found {len(header)} columns")
    return np.array([line[:-1] for line in lines], dtype=np.float64), np.array([line[-1] for line in lines])


def _bundled() -> Wines:
    data = load_wine()
    return data.data, data.target_names[data.target]


def _fit(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], options: Options) -> Any:
    """The fitted pipeline, its numbers rounded: processors differ in the last bits, and the same training shall give the same bytes."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=options.C, max_iter=options.max_iter, random_state=SEED)).fit(x, y)
    for step in model:
        for name in ("mean_", "var_", "scale_", "coef_", "intercept_"):
            if hasattr(step, name):
                setattr(step, name, np.round(getattr(step, name), DECIMALS))
    return model


def _write(folder: Path, model: Any) -> None:
    """The archive's layout: model, manifest, handlers, model card."""
    (folder / "code").mkdir(parents=True, exist_ok=True)
    (folder / "model.skops").write_bytes(stable_bytes(model))
    (folder / "slipway.json").write_text(json.dumps(MANIFEST, indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(HERE / "code" / "inference.py", folder / "code" / "inference.py")
    shutil.copyfile(HERE / "README.md", folder / "README.md")


def stable_bytes(model: Any) -> bytes:
    """The model in skops' format, the same bytes for the same model.

    skops names arrays after memory addresses and stamps files with the time; both are replaced here: addresses by
    numbers in order of appearance, times by 1980-01-01.
    """
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as source:
        files = {name: source.read(name) for name in source.namelist()}
    schema = json.loads(files.pop("schema.json"))
    numbers: dict[int, int] = {}
    renamed = {f"{address}.npy": f"{number}.npy" for address, number in _number(schema, numbers).items()}
    files = {renamed[name]: content for name, content in files.items()}
    files["schema.json"] = json.dumps(_renamed(schema, numbers, renamed), indent=1).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(files):
            target.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), files[name])
    return out.getvalue()


def _number(node: Any, numbers: dict[int, int]) -> dict[int, int]:
    """Give each `__id__` in the schema a number, in order of appearance."""
    if isinstance(node, dict):
        if "__id__" in node:
            numbers.setdefault(node["__id__"], len(numbers))
        for value in node.values():
            _number(value, numbers)
    elif isinstance(node, list):
        for value in node:
            _number(value, numbers)
    return numbers


def _renamed(node: Any, numbers: dict[int, int], files: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_renamed(value, numbers, files) for value in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _renamed(value, numbers, files) for key, value in node.items()}
    if "__id__" in node:
        changed["__id__"] = numbers[node["__id__"]]
    if node.get("file") in files:
        changed["file"] = files[node["file"]]
    return changed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the wine classifier.")
    parser.add_argument("output", type=Path, nargs="?", default=Path(os.environ.get("SM_MODEL_DIR", HERE / "model")))
    parser.add_argument("-C", "--C", type=float, default=Options.C)  # SageMaker passes one-letter names with one dash
    parser.add_argument("--max-iter", type=int, default=Options.max_iter)
    parser.add_argument("--test-share", type=float, default=Options.test_share)
    parser.add_argument("--folds", type=int, default=Options.folds)
    return parser.parse_args()


def main() -> None:
    """Train with what arguments and SM_* variables say; `SM_OUTPUT_DATA_DIR` gets the metrics as a file."""
    given = _arguments()
    options = Options(given.C, given.max_iter, given.test_share, given.folds)
    variables = {"data_dir": "SM_CHANNEL_TRAIN", "test_dir": "SM_CHANNEL_TEST", "checkpoints": "SLIPWAY_CHECKPOINT_DIR"}
    places = {option: Path(os.environ[name]) for option, name in variables.items() if os.environ.get(name)}
    result = train(given.output, options, **places, tell=lambda line: print(line, flush=True))
    if output := os.environ.get("SM_OUTPUT_DATA_DIR"):
        figures = {"accuracy": result.accuracy, "log_loss": result.log_loss, "fold_accuracies": result.fold_accuracies}
        (Path(output) / "metrics.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"written: {result.folder}")


if __name__ == "__main__":
    main()

"""Model folders of the campaign: one that obeys its requests, one whose right answers are known, and the bad ones of row M4."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

SCRIPTED = Path(__file__).parent / "scripted"
WEIGHTS = (1.0, 100.0, 10_000.0, 1_000_000.0)
"""The known model's answer for a row is its sum weighted with these: no two rows of small integers have the same."""


def scripted(folder: Path, **settings: float) -> Path:
    """The model of `scripted/`; `load_seconds` is how long loading it takes."""
    shutil.copytree(SCRIPTED, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "script.json").write_text(json.dumps(settings))
    (folder / "slipway.json").write_text(json.dumps({"model": "script.json", "code": "code/inference.py"}))
    return folder


def linear(weights: tuple[float, ...] = WEIGHTS, intercept: float = 0.0) -> LinearRegression:
    """A fitted linear model with just these weights."""
    model = LinearRegression()
    model.coef_, model.intercept_, model.n_features_in_ = np.array(weights), intercept, len(weights)
    return model


def saved(folder: Path, model: Any) -> Path:
    """A folder with a model in skops' format, without code: batching is on."""
    folder.mkdir(parents=True, exist_ok=True)
    skops.io.dump(model, folder / "model.skops")
    return _manifest(folder, model="model.skops", format="skops", row_independent=True)


def known(folder: Path) -> Path:
    """The model whose right answers `right_answer` tells."""
    return saved(folder, linear())


def telling(folder: Path) -> Path:
    """The same model with the handler of `telling/`, batched too."""
    shutil.copytree(SCRIPTED.parent / "telling", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return saved(folder, linear())


def with_gaps(folder: Path) -> Path:
    """A sound model whose parameters hold NaN: an imputer says with it what a missing value is. Fills gaps with 1."""
    return saved(folder, make_pipeline(SimpleImputer(missing_values=float("nan")).fit(np.ones((2, len(WEIGHTS)))), linear()))


def right_answer(row: list[float]) -> float:
    return sum(weight * value for weight, value in zip(WEIGHTS, row, strict=True))


def _manifest(folder: Path, **keys: Any) -> Path:
    (folder / "slipway.json").write_text(json.dumps(keys))
    return folder


class Payload:
    """Unpickling this writes `evidence`: whoever finds that file knows that the payload ran."""

    def __init__(self, evidence: Path) -> None:
        self.evidence = evidence

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.evidence, "executed")


def _file(name: str, content: bytes, **manifest: Any) -> Callable[[Path, Path], None]:
    def write(folder: Path, evidence: Path) -> None:
        folder.mkdir(parents=True)
        (folder / name).write_bytes(content)
        if manifest:
            _manifest(folder, model=name, **manifest)

    return write


def _pickled(name: str, **manifest: Any) -> Callable[[Path, Path], None]:
    def write(folder: Path, evidence: Path) -> None:
        _file(name, pickle.dumps(Payload(evidence)), **manifest)(folder, evidence)

    return write


def _skops(model: Callable[[], Any]) -> Callable[[Path, Path], None]:
    return lambda folder, evidence: _ignore(saved(folder, model()))


def _ignore(_: Path) -> None:
    return None


BAD_MODELS: dict[str, Callable[[Path, Path], None]] = {
    "missing": lambda folder, evidence: None,
    "empty": lambda folder, evidence: folder.mkdir(parents=True),
    "only a manifest": lambda folder, evidence: _ignore(_manifest(_made(folder), model="model.skops", format="skops")),
    "unreadable": lambda folder, evidence: (known(folder) / "model.skops").chmod(0),
    "not finite weights": _skops(lambda: linear((1.0, float("nan"), 1.0, 1.0))),
    "not finite intercept": _skops(lambda: linear(intercept=float("inf"))),
    "not a model": _skops(lambda: {"weights": [1, 2]}),
    "never fitted": _skops(LinearRegression),
    "wrong width inside": _skops(lambda: make_pipeline(StandardScaler().fit(np.eye(3)), linear())),
    "empty file": _file("model.skops", b"", format="skops"),
    "random bytes as ONNX": _file("model.onnx", bytes(range(256)) * 40, format="onnx"),
    "some JSON as XGBoost": _file("model.json", b'{"learner": {}, "version": [1, 7, 6]}', format="xgboost"),
    "unknown format": _file("model.bin", b"weights", format="weights"),
    "pickle": _pickled("model.pkl"),
    "pickle named in the manifest": _pickled("model.pkl", format="pickle"),
    "joblib": _pickled("model.joblib", format="joblib"),
    "pickle called skops": _pickled("model.skops", format="skops"),
    "pickle called XGBoost": _pickled("model.ubj", format="xgboost"),
    "skops that calls the shell": _skops(lambda: make_pipeline(FunctionTransformer(os.system), linear())),
    "manifest that is not JSON": _file("slipway.json", b"{"),
    "manifest that leads outside": lambda folder, evidence: _ignore(
        _manifest(known(folder), model="../../../../etc/passwd", format="skops")
    ),
    "code that does not compile": lambda folder, evidence: _code(folder, "def model_fn(:\n"),
    "code that raises": lambda folder, evidence: _code(folder, "def model_fn(model_dir):\n    raise RuntimeError('weights are gone')\n"),
    "code that exits": lambda folder, evidence: _code(folder, "import os\ndef model_fn(model_dir):\n    os._exit(0)\n"),
}
"""By name: writes that bad model into a folder. `evidence` must not exist after the container has seen it."""


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _code(folder: Path, text: str) -> None:
    scripted(folder)
    (folder / "code" / "inference.py").write_text(text)

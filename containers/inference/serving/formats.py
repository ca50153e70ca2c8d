"""Models without any code of the user: how each format is loaded and asked. A format's library is imported only when it is needed.

Pickle and joblib run whatever code is in the file while they load it. They are loaded only when slipway.json says
`allow_pickle: true`, which its author does knowing that whoever can write the archive then runs code in the container.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from serving.errors import RequestError
from serving.manifest import Manifest, ModelProblem, find_model

_PLAIN_DATA = ("numpy.dtype",)
"""Types that hold data only, which skops asks about all the same: imputers with `missing_values=nan` have one."""


@dataclass(frozen=True)
class Loaded:
    """A model and how to ask it: `predict(array)`. `features`: columns it expects, 0 when unknown. `row_independent`: of its kind."""

    model: Any
    predict: Callable[[Any], Any]
    features: int
    row_independent: bool
    nan_is_missing: bool = False


def load(model_dir: Path, manifest: Manifest, threads: int = 1) -> Loaded:
    """The model of the folder. Raises ModelProblem, or what the format's library raises for a broken file."""
    path, kind = find_model(model_dir, manifest)
    loader = _LOADERS.get(kind)
    if loader is None:
        raise ModelProblem(f"format {kind} is unknown without code: known are {', '.join(_LOADERS)}")
    if kind == "pickle" and not manifest.allow_pickle:
        raise ModelProblem(f"{path.name} is a pickle, which runs code when loaded, and slipway.json does not say allow_pickle")
    return loader(path, threads)


def checked(loaded: Loaded, data: Any) -> Any:
    """The rows, if the model can take them. Raises RequestError 400 for a wrong width and for NaN or infinities."""
    if loaded.features and (data.ndim != 2 or data.shape[1] != loaded.features):
        raise RequestError(400, f"every row needs {loaded.features} numbers")
    if not loaded.nan_is_missing and data.dtype.kind == "f" and not np.isfinite(data).all():
        raise RequestError(400, "every number must be finite")
    return data


def _skops(path: Path, _: int) -> Loaded:
    """scikit-learn by skops: only types that skops knows to be safe are built."""
    import skops.io

    unknown = sorted(set(skops.io.get_untrusted_types(file=path)) - set(_PLAIN_DATA))
    if unknown:
        raise ModelProblem(f"{path.name} holds types that skops does not trust: {', '.join(unknown[:5])}")
    return _estimator(skops.io.load(path, trusted=list(_PLAIN_DATA)))


def _pickle(path: Path, _: int) -> Loaded:
    if path.suffix == ".joblib":
        import joblib

        return _estimator(joblib.load(path))
    with path.open("rb") as file:
        return _estimator(pickle.load(file))  # noqa: S301


def _estimator(model: Any) -> Loaded:
    if not hasattr(model, "predict"):
        raise ModelProblem(f"the model is a {type(model).__name__} without predict: give the archive a code/inference.py")
    _check_fitted(model)
    return Loaded(model, model.predict, int(getattr(model, "n_features_in_", 0)), row_independent=True, nan_is_missing=_takes_nan(model))


def _check_fitted(model: Any) -> None:
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(model)
    except NotFittedError as error:
        raise ModelProblem(f"the model was never fitted: {error}") from None
    except TypeError:  # Not scikit-learn's kind of estimator.
        return


def _takes_nan(model: Any) -> bool:
    """Does the estimator say that NaN is a missing value to it (imputers, histogram gradient boosting)?"""
    from sklearn.utils import get_tags

    try:
        return bool(get_tags(model).input_tags.allow_nan)
    except Exception:  # An estimator of an unusual kind has no tags.
        return False


def _onnx(path: Path, threads: int) -> Loaded:
    """ONNX with one input. Its outputs come as one array, or as a dict of arrays by name."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise ModelProblem(f"{path.name} has {len(inputs)} inputs: give the archive a code/inference.py")
    kinds = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64, "tensor(int32)": np.int32}
    dtype, names = kinds.get(inputs[0].type), [output.name for output in session.get_outputs()]
    if dtype is None:
        raise ModelProblem(f"{path.name} takes {inputs[0].type}: give the archive a code/inference.py")

    def predict(data: Any) -> Any:
        found = session.run(None, {inputs[0].name: np.ascontiguousarray(data, dtype=dtype)})
        arrays = [_column(values) for values in found]
        return arrays[0] if len(arrays) == 1 else dict(zip(names, arrays, strict=True))

    shape = inputs[0].shape
    width = shape[1] if len(shape) == 2 and isinstance(shape[1], int) else 0
    return Loaded(session, predict, width, row_independent=False, nan_is_missing=True)


def _column(values: Any) -> Any:
    """A sequence output (a map per row, as scikit-learn's classifiers export it) as an array of objects, one per row."""
    if isinstance(values, np.ndarray):
        return values
    rows = np.empty(len(values), dtype=object)
    rows[:] = values
    return rows


def _xgboost(path: Path, threads: int) -> Loaded:
    """XGBoost's own formats, JSON or UBJ. NaN is a missing value."""
    import xgboost

    booster = xgboost.Booster({"nthread": threads})
    booster.load_model(path)
    booster.set_param({"nthread": threads})
    return Loaded(booster, booster.inplace_predict, int(booster.num_features()), row_independent=True, nan_is_missing=True)


_LOADERS: dict[str, Callable[[Path, int], Loaded]] = {"skops": _skops, "onnx": _onnx, "xgboost": _xgboost, "pickle": _pickle}

"""Linear scikit-learn pipelines as one matrix product: the same numbers, without scikit-learn's checks of every call.

Most of the time that `predict_proba` of a StandardScaler and a LogisticRegression takes for one row goes into checks. Folding the
scaler into the coefficients gives the same function: x -> x @ W + b. It is used only when it agrees with the original on
random rows; whatever is not a plain table of finite numbers still goes to the original, which knows the right error.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_TOLERANCE = 1e-9
_TRIALS = 64
_CLASSIFIERS = ("LogisticRegression", "LinearSVC", "RidgeClassifier")
_REGRESSORS = ("LinearRegression", "Ridge", "Lasso", "ElasticNet")


class FoldedModel:
    """Stands for a scikit-learn pipeline: predict, predict_proba and decision_function are its own, all else is the original's."""

    def __init__(self, original: Any, weights: Any, offset: Any) -> None:
        self._original, self._weights, self._offset = original, np.ascontiguousarray(weights), offset
        self._width = self._weights.shape[0]
        self._classifies = hasattr(original, "classes_")
        self.predict = self._predict
        self.decision_function = self._scores
        if hasattr(original, "predict_proba"):
            self.predict_proba = self._predict_proba

    def __getattr__(self, name: str) -> Any:
        if name == "_original":
            raise AttributeError(name)
        return getattr(self._original, name)

    def _plain(self, data: Any) -> bool:
        return (
            isinstance(data, np.ndarray)
            and data.dtype == np.float64
            and data.ndim == 2
            and data.shape[1] == self._width
            and data.shape[0] > 0
            and bool(np.isfinite(data).all())
        )

    def _linear(self, data: Any) -> Any:
        return data @ self._weights + self._offset

    def _scores(self, data: Any) -> Any:
        if not self._plain(data):
            return self._original.decision_function(data)
        scores = self._linear(data)
        return scores.ravel() if scores.shape[1] == 1 else scores

    def _predict(self, data: Any) -> Any:
        if not self._plain(data):
            return self._original.predict(data)
        scores = self._linear(data)
        if not self._classifies:
            return scores
        return self._original.classes_[(scores[:, 0] > 0).astype(int) if scores.shape[1] == 1 else scores.argmax(axis=1)]

    def _predict_proba(self, data: Any) -> Any:
        if not self._plain(data):
            return self._original.predict_proba(data)
        scores = self._linear(data)
        if scores.shape[1] == 1:
            scores = np.hstack([np.zeros_like(scores), scores])
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores


def fold(model: Any) -> Any:
    """The model as a FoldedModel when it is a linear pipeline that folds exactly, else the model itself."""
    try:
        folded = _fold(model)
        return folded if folded is not None and _agrees(model, folded) else model
    except Exception:  # Folding is an extra: a model it cannot handle is served as it is.
        return model


def _fold(model: Any) -> FoldedModel | None:
    steps = [step for _, step in model.steps] if type(model).__name__ == "Pipeline" else [model]
    *scalers, last = [step for step in steps if step is not None and step != "passthrough"]
    if type(last).__name__ not in _CLASSIFIERS + _REGRESSORS or not type(last).__module__.startswith("sklearn."):
        return None
    weights, offset = np.array(last.coef_, dtype=np.float64).T, np.array(last.intercept_, dtype=np.float64)
    for scaler in reversed(scalers):  # The last scaler is the one next to the coefficients.
        affine = _affine(scaler)
        if affine is None:
            return None
        factor, shift = affine
        offset = offset + shift @ weights
        weights = (weights.T * factor).T
    return FoldedModel(model, weights, offset)


def _affine(scaler: Any) -> tuple[Any, Any] | None:
    """A scaler as x * factor + shift; None for any other step."""
    name, width = type(scaler).__name__, int(getattr(scaler, "n_features_in_", 0))
    if name == "StandardScaler":
        factor = 1.0 / scaler.scale_ if scaler.scale_ is not None else np.ones(width)
        return factor, -scaler.mean_ * factor if scaler.mean_ is not None else np.zeros(width)
    if name == "MinMaxScaler" and not scaler.clip:
        return scaler.scale_, scaler.min_
    if name == "MaxAbsScaler":
        return 1.0 / scaler.scale_, np.zeros(width)
    return None


def _agrees(model: Any, folded: FoldedModel) -> bool:
    """Same shapes, same numbers, same labels on random rows around the origin and far from it."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(_TRIALS, int(model.n_features_in_))) * random.choice([0.1, 1.0, 100.0, 1e4], size=(_TRIALS, 1))
    for method in ("predict_proba", "predict"):
        if not hasattr(model, method):
            continue
        for sample in (rows, rows[:1]):
            expected, found = getattr(model, method)(sample), getattr(folded, method)(sample)
            if expected.shape != found.shape:
                return False
            same = (
                np.allclose(expected, found, rtol=_TOLERANCE, atol=_TOLERANCE) if expected.dtype.kind == "f" else (expected == found).all()
            )
            if not same:
                return False
    return True

"""The wine model's handlers: 13 measurements of a wine in, its cultivar and the probability of each cultivar out."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import skops.io

try:  # Inside of the container: the parser that is fastest for the payload's size, and a fast encoder.
    from serving.decoders import decode
    from serving.encoders import dump_json
except ImportError:  # Anywhere else (a notebook, a test) the standard library and numpy do the same.
    decode = dump_json = None

FEATURES = 13
SELF_TEST = ('{"instances": [[13.0, 2.3, 2.4, 19.5, 99.7, 2.3, 2.0, 0.4, 1.6, 5.1, 1.0, 2.6, 746.9]]}', "application/json")
"""Before /ping answers 200 the container sends the model this mean wine and looks at the answer."""


class Refused(ValueError):
    """Answered with `status` instead of the 400 that any other ValueError of `input_fn` gives."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def model_fn(model_dir: str) -> Any:
    """Load the classifier. skops builds only types known to be safe; anything else in the file is an error."""
    return skops.io.load(Path(model_dir) / "model.skops", trusted=[])


def input_fn(body: bytes | str, content_type: str) -> np.ndarray[Any, Any]:
    """Rows of measurements from `{"instances": [[...], ...]}` (application/json) or lines of numbers (text/csv).

    ValueError says what is wrong with the request; Refused is one.
    """
    raw = body.encode() if isinstance(body, str) else body
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in ("application/json", "text/csv"):
        raise Refused(415, f"unsupported content type {kind!r}: send application/json or text/csv")
    data = decode(raw, kind) if decode is not None else _decode(raw, kind)
    if data.ndim != 2 or data.shape[1] != FEATURES:
        raise ValueError(f"expected rows of {FEATURES} numbers, got shape {data.shape}")
    if not np.isfinite(data).all():
        raise ValueError("every number must be finite")
    return data


def _decode(raw: bytes, kind: str) -> np.ndarray[Any, Any]:
    """What the container's `decode` does, plainly."""
    try:
        if kind == "text/csv":
            return np.loadtxt(io.BytesIO(raw), delimiter=",", ndmin=2)
        document = json.loads(raw)
        return np.asarray(document.get("instances") if isinstance(document, dict) else document, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"every row needs {FEATURES} numbers") from None


def predict_fn(data: np.ndarray[Any, Any], model: Any) -> dict[str, Any]:
    """Cultivar and probabilities of each row (arrays: an item per row); the names of all classes (a list: the same for every row)."""
    probabilities = model.predict_proba(data)
    return {
        "classes": model.classes_.tolist(),
        "probabilities": probabilities,
        "predictions": model.classes_[probabilities.argmax(axis=1)],
    }


def output_fn(prediction: dict[str, Any], accept: str) -> tuple[str | bytes, str]:
    """The answer and its content type: one JSON object, or with `text/csv` a line per row, the cultivar first."""
    kind = accept.partition(";")[0].strip().lower()
    names, rows = prediction["predictions"].tolist(), prediction["probabilities"].round(6).tolist()
    if kind == "text/csv":
        return "".join(f"{name},{','.join(map('{:.6f}'.format, row))}\n" for name, row in zip(names, rows, strict=True)), "text/csv"
    if kind not in ("", "*/*", "application/*", "application/json"):
        raise Refused(406, "accept application/json or text/csv")
    classes = prediction["classes"]
    answers = [{"cultivar": name, "probabilities": dict(zip(classes, row, strict=True))} for name, row in zip(names, rows, strict=True)]
    document = {"predictions": answers}
    return dump_json(document) if dump_json is not None else json.dumps(document), "application/json"

"""The wine model's handlers: 13 measurements of a wine in, its cultivar and the probability of each cultivar out."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import skops.io

FEATURES = 13


class UnsupportedContentType(ValueError):
    """Answered with `status` instead of the 400 that any other ValueError of `input_fn` gives."""

    status = 415


def model_fn(model_dir: str) -> Any:
    """Load the classifier. skops builds only types known to be safe; anything else in the file is an error."""
    return skops.io.load(Path(model_dir) / "model.skops", trusted=[])


def input_fn(body: bytes | str, content_type: str) -> np.ndarray[Any, Any]:
    """Rows of measurements from `{"instances": [[...], ...]}` (application/json) or lines of numbers (text/csv).

    ValueError says what is wrong with the request; UnsupportedContentType is one.
    """
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        document = json.loads(text)
        rows = document.get("instances") if isinstance(document, dict) else document
    elif kind == "text/csv":
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
    else:
        raise UnsupportedContentType(f"unsupported content type {kind!r}: send application/json or text/csv")
    try:
        data = np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"every row needs {FEATURES} numbers") from None
    if data.ndim != 2 or data.shape[1] != FEATURES:
        raise ValueError(f"expected rows of {FEATURES} numbers, got shape {data.shape}")
    if not np.isfinite(data).all():
        raise ValueError("every number must be finite")
    return data


def predict_fn(data: np.ndarray[Any, Any], model: Any) -> dict[str, Any]:
    """Cultivar and probabilities of each row. A row's answer never depends on the other rows."""
    probabilities = model.predict_proba(data)
    return {"classes": list(model.classes_), "probabilities": probabilities, "predictions": model.classes_[probabilities.argmax(axis=1)]}


def output_fn(prediction: dict[str, Any], accept: str) -> tuple[str, str]:
    """The answer and its content type: one JSON object, or with `text/csv` a line per row, the cultivar first."""
    pairs = list(zip(prediction["predictions"], prediction["probabilities"].tolist(), strict=True))
    if accept.partition(";")[0].strip().lower() == "text/csv":
        return "".join(f"{name},{','.join(f'{value:.6f}' for value in row)}\n" for name, row in pairs), "text/csv"
    answers = [
        {
            "cultivar": str(name),
            "probabilities": {str(key): round(value, 6) for key, value in zip(prediction["classes"], row, strict=True)},
        }
        for name, row in pairs
    ]
    return json.dumps({"predictions": answers}), "application/json"

"""What every peer does with a request: the handlers of the model archive, or those of an archive without code.

The archive's own `code/inference.py` is used as it is, so that each stack runs the same lines of user code. For an archive
without code these are the usual ones (json, numpy.loadtxt, json.dumps), with the answer that Slipway's container gives by default.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

FOLDER = Path(os.environ["SAGEMAKER_BASE_DIR"]) / "model"


class Unsupported(ValueError):
    """A content type that is not read."""

    status = 415


def _model(folder: str) -> Any:
    import skops.io

    return skops.io.load(Path(folder) / "model.skops", trusted=[])


def _decode(body: bytes, content_type: str) -> Any:
    if content_type == "application/json":
        return np.asarray(json.loads(body)["instances"], dtype=np.float64)
    if content_type == "text/csv":
        if os.environ.get("BENCH_CSV") == "pandas":
            import pandas

            return pandas.read_csv(io.BytesIO(body), header=None).to_numpy()
        return np.loadtxt(io.BytesIO(body), delimiter=",", ndmin=2)
    raise Unsupported(content_type)


def _encode(predictions: Any, accept: str) -> tuple[str, str]:
    if accept == "text/csv":
        return "".join(f"{value}\n" for value in predictions), "text/csv"
    return json.dumps({"predictions": predictions.tolist()}), "application/json"


@cache
def load() -> tuple[Any, Any]:
    """(handlers, model) of the archive under SAGEMAKER_BASE_DIR/model."""
    code = FOLDER / "code" / "inference.py"
    handlers: Any = SimpleNamespace(
        model_fn=_model, input_fn=_decode, predict_fn=lambda data, model: model.predict(data), output_fn=_encode
    )
    if code.exists():
        specification = importlib.util.spec_from_file_location("inference", code)
        assert specification is not None and specification.loader is not None
        handlers = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(handlers)
    return handlers, handlers.model_fn(str(FOLDER))


def answer(body: bytes, content_type: str, accept: str) -> tuple[int, str, str]:
    """(status, body, content type) of one invocation."""
    handlers, model = load()
    try:
        data = handlers.input_fn(body, content_type)
    except ValueError as error:
        return getattr(error, "status", 400), json.dumps({"error": str(error)}), "application/json"
    text, kind = handlers.output_fn(handlers.predict_fn(data, model), accept)
    return 200, text, kind


def rows(document: Any) -> Any:
    """The rows of a JSON document that a framework has already parsed. ValueError: not such a document."""
    data = np.asarray(document["instances"], dtype=np.float64)
    if data.ndim != 2 or data.shape[1] != 13:
        raise ValueError(f"expected rows of 13 numbers, got shape {data.shape}")
    return data


def document_of(prediction: Any) -> Any:
    """The answer as the document that a framework turns into JSON itself."""
    handlers, _ = load()
    return json.loads(handlers.output_fn(prediction, "application/json")[0])

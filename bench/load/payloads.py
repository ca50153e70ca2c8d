"""The requests of the serving benchmark and the answers that each must get, computed from the model in this process."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOLERANCE = 2e-6  # answers are rounded to 6 digits
SINGLE_ROWS = 256
CSV_BYTES = 5_000_000
_SEED = 4


@dataclass(frozen=True)
class Payload:
    """Requests of one kind: bodies, and for each the document (JSON) or text (CSV) that the model answers."""

    content_type: str
    bodies: tuple[str, ...]
    answers: tuple[Any, ...]


def load_model(folder: Path) -> tuple[Any, Any]:
    """(handlers, model) of a model folder with `code/inference.py`."""
    specification = importlib.util.spec_from_file_location("bench_wine", folder / "code" / "inference.py")
    assert specification is not None and specification.loader is not None
    handlers = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(handlers)
    return handlers, handlers.model_fn(str(folder))


def wines(count: int) -> Any:
    """`count` distinct wines: real ones with up to 5 % of random change in every measurement, always the same."""
    import numpy as np
    from sklearn.datasets import load_wine

    random = np.random.default_rng(_SEED)
    real = load_wine().data
    return real[random.integers(0, len(real), count)] * random.uniform(0.95, 1.05, (count, real.shape[1]))


def payloads(folder: Path) -> dict[str, Payload]:
    """Every payload by its name: json1, json100 and csv1 as the folder's own code answers them, csv5mb as a container does for an
    archive without code, by the predicted labels alone.
    """
    handlers, model = load_model(folder)

    def rows_json(size: int, count: int) -> Payload:
        groups = wines(size * count).reshape(count, size, -1)
        bodies = tuple(json.dumps({"instances": group.tolist()}) for group in groups)
        return Payload("application/json", bodies, tuple(_answer(handlers, model, body, "application/json") for body in bodies))

    def rows_csv(size: int, count: int) -> Payload:
        bodies = csv_bodies(size, count)
        return Payload("text/csv", bodies, tuple(_answer(handlers, model, body, "text/csv") for body in bodies))

    size = int(CSV_BYTES / (len(csv_bodies(100, 1)[0]) / 100))
    big = csv_bodies(size, 2)
    labels = tuple("".join(f"{label}\n" for label in model.predict(handlers.input_fn(body.encode(), "text/csv"))) for body in big)
    return {
        "json1": rows_json(1, SINGLE_ROWS),
        "json100": rows_json(100, 16),
        "csv1": rows_csv(1, SINGLE_ROWS),
        "csv5mb": Payload("text/csv", big, labels),
    }


def csv_bodies(size: int, count: int) -> tuple[str, ...]:
    """`count` CSV documents of `size` wines, every digit written."""
    groups = wines(size * count).reshape(count, size, -1)
    return tuple("".join(",".join(map(repr, row)) + "\n" for row in group.tolist()) for group in groups)


def _answer(handlers: Any, model: Any, body: str, kind: str) -> Any:
    text, _ = handlers.output_fn(handlers.predict_fn(handlers.input_fn(body.encode(), kind), model), kind)
    return json.loads(text) if kind == "application/json" else text


def v2_body(body: str) -> str:
    """The same rows as a request of MLServer's V2 protocol. The id is fixed, so that equal requests have equal answers."""
    rows = json.loads(body)["instances"]
    data = [value for row in rows for value in row]
    tensor = {"name": "rows", "shape": [len(rows), len(rows[0])], "datatype": "FP64", "data": data, "parameters": {"content_type": "np"}}
    return json.dumps({"id": "1", "inputs": [tensor]})


def right(known: Any, text: str, speaks: str = "http") -> bool:
    """Does an answer say what the model says? JSON by value, CSV field by field, V2 by its probabilities; numbers within TOLERANCE."""
    if isinstance(known, str):
        return same([line.split(",") for line in known.splitlines()], [line.split(",") for line in text.splitlines()])
    try:
        document = json.loads(text)
        if speaks != "v2":
            return same(known, document)
        return same([value for row in known["predictions"] for value in row["probabilities"].values()], document["outputs"][0]["data"])
    except (ValueError, LookupError, TypeError):
        return False


def same(known: Any, found: Any) -> bool:
    """Equal documents, numbers (also as text) within TOLERANCE."""
    if isinstance(known, dict):
        return isinstance(found, dict) and known.keys() == found.keys() and all(same(known[key], found[key]) for key in known)
    if isinstance(known, list):
        return isinstance(found, list) and len(known) == len(found) and all(map(same, known, found))
    if known == found:
        return True
    try:
        return abs(float(known) - float(found)) <= TOLERANCE
    except (TypeError, ValueError):
        return False

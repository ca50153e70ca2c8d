"""Predictions to response bodies: JSON, JSON Lines, CSV and NPY, and which of them an Accept header asks for."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

from serving.decoders import CSV, JSON, JSON_LINES, NPY, SUPPORTED, media_type
from serving.errors import RequestError

try:
    import orjson
except ImportError:  # Outside of the container; see decoders.py.
    orjson = None  # type: ignore[assignment]

_MAX_ACCEPTS = 16


def wanted(accept: str, default: str = JSON) -> list[str]:
    """The media types of an Accept header, best first; a wildcard stands for `default`, q=0 for never."""
    if not accept or accept == "*/*":
        return [default]
    ranked = []
    for item in accept.split(",")[:_MAX_ACCEPTS]:
        kind, *parameters = item.split(";")
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                quality = _quality(value)
        kind = kind.strip().lower()
        if quality > 0 and kind:
            ranked.append((-quality, default if "*" in kind and _matches(kind, default) else kind))
    return [kind for _, kind in sorted(ranked, key=lambda pair: pair[0])] or [default if not accept.strip() else ""]


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


def _matches(pattern: str, kind: str) -> bool:
    return pattern == "*/*" or pattern.split("/", maxsplit=1)[0] == kind.split("/", maxsplit=1)[0]


def encode(prediction: Any, accept: str) -> tuple[bytes, str]:
    """The prediction in the media type `accept`, and that type.

    JSON: `{"predictions": [...]}`. JSON Lines and CSV: a line per row. NPY: the array.
    Raises RequestError 406 for another media type, ValueError when a number is not finite (it has no form in JSON).
    """
    kind = media_type(accept)
    if kind == JSON:
        return dump_json({"predictions": prediction}), JSON
    if kind in JSON_LINES:
        return b"".join(dump_json(row) + b"\n" for row in _lines(prediction)), kind
    if kind == CSV:
        return _csv(prediction).encode(), CSV
    if kind == NPY and not isinstance(prediction, dict):
        stream = io.BytesIO()
        np.save(stream, np.asarray(prediction), allow_pickle=False)
        return stream.getvalue(), NPY
    raise RequestError(406, f"no answer in an acceptable media type: accept one of {', '.join(SUPPORTED)}")


def dump_json(document: Any) -> bytes:
    """A document of Python objects and numpy arrays as JSON. ValueError for numbers that are not finite."""
    check_finite(document)
    if orjson is not None:
        return bytes(orjson.dumps(document, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS))
    return json.dumps(document, default=_plain, allow_nan=False).encode()


def check_finite(prediction: Any) -> None:
    """Raise ValueError when an array of the prediction (itself, or a value of a dict) holds NaN or an infinity."""
    for value in prediction.values() if isinstance(prediction, dict) else (prediction,):
        if isinstance(value, dict):
            check_finite(value)
        elif isinstance(value, np.ndarray | np.floating) and value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ValueError("the prediction is not finite")


def _plain(value: Any) -> Any:
    """What orjson has no form for: strided arrays, arrays of text or objects, numpy scalars."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, set | tuple):
        return list(value)
    raise TypeError(f"a prediction holds {type(value).__name__}, which has no JSON form")


def _lines(prediction: Any) -> list[Any]:
    """One item per row; a dict of arrays becomes a dict per row."""
    if not isinstance(prediction, dict):
        check_finite(prediction)
        rows = np.asarray(prediction).tolist() if isinstance(prediction, np.ndarray) else prediction
        return list(rows) if isinstance(rows, list | tuple) else [rows]
    check_finite(prediction)
    columns = {key: value.tolist() for key, value in prediction.items() if isinstance(value, np.ndarray)}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _csv(prediction: Any) -> str:
    """A line per row. Plain columns and tables of numbers, and names without quotes, need no look at each field."""
    if isinstance(prediction, np.ndarray) and prediction.size and prediction.dtype.kind in "fiuU" and prediction.ndim <= 2:
        check_finite(prediction)
        rows = prediction.tolist() if prediction.ndim else [prediction.item()]
        lines = map(str, rows) if prediction.ndim < 2 else (",".join(map(str, row)) for row in rows)
        text = "\n".join(lines) + "\n"
        plain = prediction.ndim < 2 and text.count("\n") == len(rows) and not any(mark in text for mark in ',"\r')
        if prediction.dtype.kind != "U" or plain:
            return text
    return "".join(f"{_csv_line(row)}\n" for row in _lines(prediction))


def _csv_line(row: Any) -> str:
    if isinstance(row, dict):
        row = list(row.values())
    if not isinstance(row, list | tuple):
        row = [row]
    return ",".join(_csv_line(field) if isinstance(field, list | tuple) else _csv_field(field) for field in row)


def _csv_field(field: Any) -> str:
    text = str(field)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text

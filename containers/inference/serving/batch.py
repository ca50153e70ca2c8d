"""Several requests' data as one array, and the prediction of it cut back into each request's share.

The rule for what `predict_fn` of a row-independent model returns:
  - a numpy array or a list: one item per row;
  - a dict: its numpy arrays have one item per row, everything else (names of classes, a version) belongs to every row;
  - anything else cannot be cut: Uncuttable, and the requests are predicted one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class Uncuttable(Exception):
    """A prediction does not follow the rule above."""


def kind(data: Any) -> Any:
    """What two requests' data must have in common to become one array; None for data that is not an array of rows."""
    return (data.dtype, data.shape[1:]) if isinstance(data, np.ndarray) and data.ndim >= 2 else None


def join(parts: list[Any]) -> Any:
    """The rows of all parts, in order."""
    return np.concatenate(parts)


def split(prediction: Any, counts: list[int]) -> list[Any]:
    """The prediction of `join`ed parts with `counts` rows each, cut into one per part. Raises Uncuttable."""
    total = sum(counts)
    if isinstance(prediction, np.ndarray | list):
        _check(prediction, total)
        return list(_cuts(prediction, counts))
    if not isinstance(prediction, dict):
        raise Uncuttable(f"predict_fn returned {type(prediction).__name__}, not an array, a list or a dict of arrays")
    shares: list[dict[Any, Any]] = [dict(prediction) for _ in counts]
    for key, value in prediction.items():
        if isinstance(value, np.ndarray):
            _check(value, total)
            for share, cut in zip(shares, _cuts(value, counts), strict=True):
                share[key] = cut
    return shares


def _cuts(rows: Any, counts: list[int]) -> list[Any]:
    ends, start = [], 0
    for count in counts:
        ends.append(rows[start : start + count])
        start += count
    return ends


def _check(rows: Any, total: int) -> None:
    found = len(rows) if isinstance(rows, list) else (rows.shape[0] if rows.ndim else -1)
    if found != total:
        raise Uncuttable(f"predict_fn returned {found} items for {total} rows")

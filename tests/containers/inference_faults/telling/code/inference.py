"""The known model with a handler that also tells which process predicted a row, and with how many rows together."""

from __future__ import annotations

import os
from typing import Any

import numpy as np


def predict_fn(data: np.ndarray[Any, Any], model: Any) -> dict[str, np.ndarray[Any, Any]]:
    """Three numbers per row."""
    return {"answer": model.predict(data), "pid": np.full(len(data), os.getpid()), "together": np.full(len(data), len(data))}

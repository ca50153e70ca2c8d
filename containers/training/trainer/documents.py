"""The JSON files of /opt/ml/input/config."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from trainer.failure import TrainingFailed


def loads(text: str) -> Any:
    """What a JSON text says. ValueError for anything that is not JSON: Python's own reader takes NaN, Infinity and 1e999, too."""
    return json.loads(text, parse_float=_finite, parse_constant=_finite)


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in `path`; empty when there is no such file. TrainingFailed when it holds anything else."""
    try:
        document = loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise TrainingFailed(f"input/config/{path.name} cannot be read: {error}") from None
    if not isinstance(document, dict):
        raise TrainingFailed(f"input/config/{path.name} must hold a JSON object, not {type(document).__name__}")
    return document


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not a number of JSON")
    return value

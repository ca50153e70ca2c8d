"""The `training` block of the full environment: each kind of part once. Every option is in tests/modules/training/full.py."""

from __future__ import annotations

from typing import Any

PROGRAMS = ("prepare.py", "train.py", "evaluate.py")
"""Files of the source `training` that the tests' project has."""


def training() -> dict[str, Any]:
    """A fresh copy."""
    pipeline = {
        "model": "wine",
        "image": "other",
        "source": {"dir": "training", "include": ["*.py"]},
        "parameters": {"Data": {"default": "{bucket}/incoming/"}, "Folds": {"type": "Integer", "default": 5}},
        "processing": {"program": "prepare.py", "inputs": {"raw": {"s3_uri": {"parameter": "Data"}}}, "outputs": ["train", "test"]},
        "training": {
            "hyperparameters": {"folds": {"parameter": "Folds"}},
            "channels": {"train": {"output": "train"}},
            "metric_definitions": [{"name": "loss", "regex": "loss=([0-9.]+);"}],
            "spot": {"max_wait_in_seconds": 90_000},
        },
        "evaluation": {"program": "evaluate.py", "inputs": {"test": {"output": "test"}}},
        "condition": {"metric": "accuracy.value", "threshold": {"parameter": "Folds"}},
        "triggers": {"arrival": {"prefix": "incoming/", "parameter": "Data"}},
    }
    return {"pipelines": {"weekly": pipeline}, "email": ["ml-platform@example.com"]}

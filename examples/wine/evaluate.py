"""The evaluation step of the training pipeline: how good is the model on wines it has not seen?

A SageMaker processing job runs it in the training container. Inputs: `model` (model.tar.gz, as training left it) and `test` (one CSV
file). Output `evaluation`: evaluation.json with accuracy and log loss, in the form that SageMaker's model registry shows as metrics.

The folders lie below /opt/ml/processing, or below `processing/` of SAGEMAKER_BASE_DIR.
"""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import skops.io
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss
from train import read_csv

FOLDER = Path(os.environ.get("SAGEMAKER_BASE_DIR") or "/opt/ml") / "processing"


def evaluate(folder: Path) -> dict[str, Any]:
    """The report, also written to `output/evaluation/evaluation.json` below `folder`."""
    with tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(folder / "input" / "model" / "model.tar.gz") as archive:
            archive.extractall(scratch, filter="data")
        # skops loads data, never code; a type it does not know is an error here.
        model = skops.io.load(Path(scratch) / "model.skops")
    rows, labels = read_csv(folder / "input" / "test")
    predicted, classes = model.predict(rows), [str(name) for name in model.classes_]
    confusion = confusion_matrix(labels, predicted, labels=classes)
    report = {
        "multiclass_classification_metrics": {
            "accuracy": {"value": float(accuracy_score(labels, predicted)), "standard_deviation": "NaN"},
            "log_loss": {"value": float(log_loss(labels, model.predict_proba(rows), labels=classes)), "standard_deviation": "NaN"},
            "confusion_matrix": {
                actual: {name: int(count) for name, count in zip(classes, row, strict=True)}
                for actual, row in zip(classes, confusion, strict=True)
            },
        },
        "rows": len(labels),
    }
    target = folder / "output" / "evaluation" / "evaluation.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


if __name__ == "__main__":
    found = evaluate(FOLDER)["multiclass_classification_metrics"]
    print(f"accuracy={found['accuracy']['value']:.4f}; log_loss={found['log_loss']['value']:.4f};", flush=True)

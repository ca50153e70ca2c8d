"""The first step of the training pipeline: check the wines and hold some of them out.

A SageMaker processing job runs it in the training container. Input `raw`: one CSV file, a header, 13 measurements a line, the
cultivar last. Outputs `train` and `test`: the same, in two parts. Values are not changed, and the parts are those that `train.py`
makes by itself, so a model trained by the pipeline has the same bytes as one trained by hand.

`python prepare.py [TEST_SHARE]`; the folders lie below /opt/ml/processing, or below `processing/` of SAGEMAKER_BASE_DIR.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

from train import Options, Wines, read_csv, split

FOLDER = Path(os.environ.get("SAGEMAKER_BASE_DIR") or "/opt/ml") / "processing"
LEAST_OF_EACH = 5
"""Wines of each cultivar below which no part would be worth anything."""


def prepare(folder: Path, test_share: float = Options.test_share) -> dict[str, int]:
    """Read `input/raw`, write `output/train` and `output/test` below `folder`; rows of each. ValueError for data that is no good."""
    rows, labels = read_csv(folder / "input" / "raw")
    counts = {str(label): int((labels == label).sum()) for label in sorted(set(labels))}
    if len(counts) < 2 or min(counts.values()) < LEAST_OF_EACH:
        raise ValueError(f"the wines need two cultivars or more with {LEAST_OF_EACH} wines each, found {counts}")
    header = _header(folder / "input" / "raw")
    parts = dict(zip(("train", "test"), split(rows, labels, test_share), strict=True))
    for name, wines in parts.items():
        _write(folder / "output" / name / f"{name}.csv", header, wines)
    return {name: len(labels) for name, (_, labels) in parts.items()}


def _header(folder: Path) -> list[str]:
    with next(folder.glob("*.csv")).open(newline="", encoding="utf-8") as stream:
        return next(csv.reader(stream))


def _write(path: Path, header: list[str], wines: Wines) -> None:
    """`repr` of a float is its shortest exact spelling: reading it gives the same number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([*map(repr, map(float, row)), label] for row, label in zip(*wines, strict=True))


if __name__ == "__main__":
    print(prepare(FOLDER, *map(float, sys.argv[1:2])), flush=True)

"""Our container before the same tester that users have."""

from __future__ import annotations

import json
from pathlib import Path

from slipway.contract.order import Order
from slipway.progress import Silent
from tests.conftest import ROOT

PROGRAM = """
import os, pathlib, signal, sys, time
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
data = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "a.csv").read_text()
rate = float(sys.argv[sys.argv.index("--rate") + 1])
state = pathlib.Path(os.environ["SLIPWAY_CHECKPOINT_DIR"], "step")
step = int(state.read_text()) if state.exists() else 0
while step < 10:
    step += 1
    state.write_text(str(step))
    time.sleep(0.05)
    if stop:
        sys.exit(143)
print(f"loss={rate};")
pathlib.Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text("weights")
"""


def test_every_clause_is_kept(tmp_path: Path):
    for name, text in {"code/train.py": PROGRAM, "train/a.csv": "1"}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    given = {"rate": "0.5", "sagemaker_submit_directory": "/opt/ml/input/data/code"}
    (tmp_path / "hyperparameters.json").write_text(json.dumps(given))
    order = Order(
        str(ROOT / "containers" / "training"),
        training=True,
        hyperparameters=tmp_path / "hyperparameters.json",
        channels={"code": tmp_path / "code", "train": tmp_path / "train"},
        metrics={"loss": r"loss=([0-9.]+);"},
    )
    report = order.run(Silent())
    assert [(result.clause.id, result.outcome.measured) for result in report.results if result.outcome.verdict != "pass"] == []
    assert len(report.results) == 12

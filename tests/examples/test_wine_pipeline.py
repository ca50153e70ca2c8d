"""The sample's processing programs, run as a processing job runs them: data in, data out, and the same model as by hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

WINE = Path(__file__).resolve().parents[2] / "examples" / "wine"


def run(program: str, base: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(base), **variables}
    return subprocess.run(
        [sys.executable, WINE / program, *arguments], env=environment, capture_output=True, text=True, cwd=base, check=False
    )


def prepared(base: Path, *arguments: str, content: bytes | None = None) -> subprocess.CompletedProcess[str]:
    raw = base / "processing" / "input" / "raw"
    raw.mkdir(parents=True)
    (raw / "wine.csv").write_bytes((WINE / "data" / "wine.csv").read_bytes() if content is None else content)
    return run("prepare.py", base, *arguments)


def test_the_pipelines_model_is_the_one_trained_by_hand(tmp_path: Path) -> None:
    done = prepared(tmp_path)
    assert done.returncode == 0 and "'train': 124, 'test': 54" in done.stdout, done.stderr
    parts = tmp_path / "processing" / "output"
    channels = {"SM_CHANNEL_TRAIN": str(parts / "train"), "SM_CHANNEL_TEST": str(parts / "test")}
    trained = run("train.py", tmp_path, str(tmp_path / "model"), "--folds", "0", **channels)
    assert "accuracy=0.9630; log_loss=0.1151;" in trained.stdout, trained.stderr
    assert run("train.py", tmp_path, str(tmp_path / "hand"), "--folds", "0").returncode == 0
    for name in ("model.skops", "slipway.json", "code/inference.py", "README.md"):
        assert (tmp_path / "model" / name).read_bytes() == (tmp_path / "hand" / name).read_bytes()

    report = evaluated(tmp_path, parts / "test")
    metrics = report["multiclass_classification_metrics"]
    assert metrics["accuracy"]["value"] == pytest.approx(52 / 54)
    assert sum(sum(row.values()) for row in metrics["confusion_matrix"].values()) == report["rows"] == 54


def evaluated(base: Path, test: Path) -> Any:
    inputs = base / "processing" / "input"
    (inputs / "model").mkdir()
    with tarfile.open(inputs / "model" / "model.tar.gz", "w:gz") as archive:
        archive.add(base / "model", arcname=".")
    shutil.copytree(test, inputs / "test")
    done = run("evaluate.py", base)
    assert done.returncode == 0 and "accuracy=0.9630;" in done.stdout, done.stderr
    return json.loads((base / "processing" / "output" / "evaluation" / "evaluation.json").read_text())


def test_the_share_held_out_is_an_argument(tmp_path: Path) -> None:
    assert "'train': 89, 'test': 89" in prepared(tmp_path, "0.5").stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "must hold one CSV file"),
        (b"a,b\n1,2\n", "the header needs 13 measurements, then cultivar"),
        (
            b",".join([*(b"f%d" % number for number in range(13)), b"cultivar"]) + b"\n" + b"1," * 13 + b"red\n",
            "with 5 wines each, found {'red': 1}",
        ),
    ],
)
def test_data_that_is_no_good_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    if content:
        done = prepared(tmp_path, content=content)
    else:
        (tmp_path / "processing" / "input" / "raw").mkdir(parents=True)
        done = run("prepare.py", tmp_path)
    assert done.returncode == 1 and said in done.stderr
    assert not (tmp_path / "processing" / "output").exists()

"""A project whose pipeline trains nothing much, in small containers: a pipeline's run takes a second."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.conftest import ROOT

DOCKERFILE = 'FROM python:3.11-slim\nCOPY job.py /opt/program/job.py\nENTRYPOINT ["python", "/opt/program/job.py"]\n'
JOB = """
import json, os, subprocess, sys
from pathlib import Path

ml = Path(os.environ["SAGEMAKER_BASE_DIR"])
given = json.loads((ml / "input/config/hyperparameters.json").read_text())
sys.exit(subprocess.run([sys.executable, ml / "input/data/code" / given["sagemaker_program"], json.dumps(given)]).returncode)
"""
TRAIN = """
import json, os, sys
from pathlib import Path

given = json.loads(sys.argv[1])
if given["quality"] == "broken":
    print("no wine today", flush=True)
    sys.exit(5)
Path(os.environ["SAGEMAKER_BASE_DIR"], "model/quality.txt").write_text(given["quality"])
print(f"accuracy={given['quality']};", flush=True)
"""
EVALUATE = """
import json, os, tarfile
from pathlib import Path

folder = Path(os.environ["SAGEMAKER_BASE_DIR"]) / "processing"
with tarfile.open(folder / "input/model/model.tar.gz") as archive:
    quality = float(archive.extractfile("quality.txt").read())
(folder / "output/evaluation/evaluation.json").write_text(json.dumps({"metrics": {"accuracy": {"value": quality}}, "rows": 3}))
"""
TRAINING = """
  pipelines:
    wine:
      source: { dir: programs }
      parameters:
        Quality: { default: "0.9", description: Accuracy of the model }
        Threshold: { type: Float, default: 0.8 }
      training:
        hyperparameters: { quality: { parameter: Quality } }
        metric_definitions: [{ name: accuracy, regex: 'accuracy=([0-9.]+);' }]
      evaluation: { program: evaluate.py }
      condition: { metric: metrics.accuracy.value, threshold: { parameter: Threshold } }
"""


def make_project(root: Path) -> Path:
    """The project: dev with one pipeline, its programs, two container folders."""
    environments = root / "environments"
    environments.mkdir(parents=True)
    for name in ("_defaults.yaml", "dev.lock.yaml"):
        shutil.copy(ROOT / "environments" / name, environments / name)
    text = (ROOT / "environments" / "dev.yaml").read_text().replace("registries:\n", "registries:\n  training: {}\n")
    (environments / "dev.yaml").write_text(f"{text}\ntraining:{TRAINING}")
    for name in ("training", "inference"):
        folder = root / "containers" / name
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_text(DOCKERFILE)
        (folder / "job.py").write_text(JOB)
    programs = root / "programs"
    programs.mkdir()
    (programs / "train.py").write_text(TRAIN)
    (programs / "evaluate.py").write_text(EVALUATE)
    return root


def read(path: Path) -> dict[str, object]:
    """A JSON file."""
    found: dict[str, object] = json.loads(path.read_text())
    return found


class Interrupting:
    """Time that passes until somebody presses Ctrl-C."""

    def sleep(self, _seconds: float) -> None:
        raise KeyboardInterrupt

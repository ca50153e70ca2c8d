"""The loop example runs as its first lines say, and makes what it promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_python_loop_makes_fifty_endpoints(tmp_path: Path) -> None:
    example = ROOT / "examples" / "python_loop" / "main.py"
    done = subprocess.run([sys.executable, str(example)], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "cdktf.out" / "stacks" / "customers" / "cdk.tf.json").read_text())
    resources = document["resource"]
    assert len(resources["aws_sagemaker_endpoint"]) == len(resources["aws_sagemaker_endpoint_configuration"]) == 50
    counts = [
        config["production_variants"][0]["initial_instance_count"] for config in resources["aws_sagemaker_endpoint_configuration"].values()
    ]
    assert sorted(counts) == [1] * 45 + [2] * 5
    assert len(resources["aws_sagemaker_model"]) == 1

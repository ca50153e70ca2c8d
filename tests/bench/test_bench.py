"""The benchmarks run and count what they say; nothing here asserts a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.cases import project_with_endpoints
from bench.measure import Figure, Run, run

ROOT = Path(__file__).resolve().parents[2]


def test_memory_of_children_counts() -> None:
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; x = bytearray(80_000_000); time.sleep(0.3)'])"
    assert run(["python", "-c", child]).megabytes > 80
    assert run(["python", "-c", "pass"]).megabytes < 60


def test_a_figure_is_the_median() -> None:
    figure = Figure.of([Run(3.0, 10, False), Run(1.0, 30, True), Run(2.0, 20, False)])
    assert (figure.seconds, figure.least, figure.most, figure.megabytes, figure.node) == (2.0, 1.0, 3.0, 20, True)


def test_the_generated_project_is_valid() -> None:
    from slipway.config.load import load_environment

    with project_with_endpoints(50) as root:
        assert len(load_environment("bench", root).endpoints) == 50


def test_the_command_prints_a_table() -> None:
    done = subprocess.run([sys.executable, "-m", "bench", "cheap", "--rounds", "1"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode in (0, 1) and "slipway --help" in done.stdout, done.stderr
    wrong = subprocess.run([sys.executable, "-m", "bench", "nothing"], cwd=ROOT, capture_output=True, text=True)
    assert wrong.returncode == 2 and "unknown case nothing" in wrong.stderr

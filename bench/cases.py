"""What is measured. Each case returns rows for the table: what, figure, the bar it must meet, and whether it does."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import ROOT, Figure, alone, paired

SYNTH = ["python", "-m", "slipway", "synth"]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    value: str
    bar: str
    met: bool


def _seconds(figure: Figure) -> str:
    return f"{figure.seconds:.2f} s ({figure.least:.2f}-{figure.most:.2f}), {figure.megabytes:.0f} MB"


def synth_warm(rounds: int) -> list[Row]:
    """A shipped environment, warm, beside the same app with the bindings' ordinary import."""
    with tempfile.TemporaryDirectory() as out:
        command = [*SYNTH, "dev", "--out", out]
        ours, ordinary, ratio = paired(command, command, rounds, ({}, {"SLIPWAY_BINDINGS": "ordinary"}))
    return [
        Row("synth dev, warm", _seconds(ours), "1.2 s, 200 MB", ours.seconds <= 1.2 and ours.megabytes <= 200),
        Row("synth dev, ordinary import of the bindings", _seconds(ordinary), "", True),
        Row("ordinary / slim, pair by pair", f"{ratio:.1f}x", "9x", ratio >= 9),
    ]


def synth_cold(rounds: int) -> list[Row]:
    """A shipped environment with empty caches."""
    figures = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            environment = {"XDG_CACHE_HOME": cache, "JSII_RUNTIME_PACKAGE_CACHE_ROOT": f"{cache}/jsii"}
            figures.append(alone([*SYNTH, "dev", "--out", f"{cache}/out"], 1, environment, warm=False))
    figure = sorted(figures, key=lambda f: f.seconds)[len(figures) // 2]
    return [Row("synth dev, cold cache", _seconds(figure), "7 s", figure.seconds <= 7)]


def without_node(rounds: int) -> list[Row]:
    """The commands that must never start Node."""
    rows = []
    for arguments, bar in ((["--help"], 0.4), (["validate"], 0.5), (["schema", "--check"], 0.5)):
        figure = alone(["python", "-m", "slipway", *arguments], rounds)
        name = f"slipway {' '.join(arguments)}"
        rows.append(Row(name, _seconds(figure), f"{bar} s, no Node", figure.seconds <= bar and not figure.node))
    return rows


def many_endpoints(rounds: int) -> list[Row]:
    """50 and 500 endpoints with autoscaling in one environment file."""
    figures = {}
    for count in (50, 500):
        with project_with_endpoints(count) as root:
            figures[count] = alone([*SYNTH, "bench", "--out", f"{root}/out"], rounds, {"SLIPWAY_ROOT": str(root)})
    each = (figures[500].seconds - figures[50].seconds) / 450 * 1000
    return [
        Row("synth, 50 endpoints", _seconds(figures[50]), "2.2 s", figures[50].seconds <= 2.2),
        Row("synth, 500 endpoints", _seconds(figures[500]), "", True),
        Row("each further endpoint", f"{each:.1f} ms", "15 ms", each <= 15),
    ]


@contextmanager
def project_with_endpoints(count: int) -> Iterator[Path]:
    """A scratch project whose environment `bench` has `count` autoscaled endpoints of one released model."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "environments").mkdir()
        shutil.copy(ROOT / "environments" / "_defaults.yaml", root / "environments")
        policy = {"kind": "target_tracking", "name": "invocations", "metric": "SageMakerVariantInvocationsPerInstance", "target_value": 700}
        endpoint = {
            "hosting": {"kind": "instances"},
            "variants": [{"variant_name": "main", "model": "wine", "instance_type": "ml.m5.large", "initial_instance_count": 2}],
            "autoscaling": {"main": {"min_capacity": 2, "max_capacity": 4, "policies": [policy]}},
        }
        environment = {"account_id": "111111111111", "endpoints": {"wine": None} | {f"wine-{i:03}": endpoint for i in range(count)}}
        (root / "environments" / "bench.yaml").write_text(json.dumps(environment))
        _pretend_release(root, "bench", ["wine"])
        yield root


def _pretend_release(root: Path, environment: str, models: list[str]) -> None:
    released = {
        model: {
            "artifact": {"key": f"models/{model}/{'a' * 64}/model.tar.gz", "sha256": "a" * 64, "size": 1},
            "image": {"repository": f"slipway-{environment}-inference", "digest": f"sha256:{'b' * 64}"},
        }
        for model in models
    }
    lock = {"version": 1, "models": released}
    (root / "environments" / f"{environment}.lock.yaml").write_text(json.dumps(lock))


def front_to_back(rounds: int) -> list[Row]:
    """examples/full: seven stacks with network, API, observability and load test."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "environments").mkdir()
        shutil.copy(ROOT / "environments" / "_defaults.yaml", root / "environments")
        shutil.copy(ROOT / "examples" / "full" / "full.yaml", root / "environments")
        shutil.copytree(ROOT / "examples", root / "examples")
        _pretend_release(root, "full", ["wine", "wine-broken"])
        figure = alone([*SYNTH, "full", "--out", f"{root}/out"], rounds, {"SLIPWAY_ROOT": str(root)})
    return [Row("synth full, all seven stacks", _seconds(figure), "1.8 s", figure.seconds <= 1.8)]


def scan(rounds: int) -> list[Row]:
    """500 resources through `slipway scan` and through the checkov CLI with the same checks."""
    with project_with_endpoints(60) as root:
        alone([*SYNTH, "bench", "--out", f"{root}/out"], 1, {"SLIPWAY_ROOT": str(root)}, warm=False)
        ours = ["python", "-m", "bench.scan_once", str(root), f"{root}/out"]
        checkov = ["python", "-m", "checkov.main", "--config-file", str(ROOT / ".checkov.yaml"), "--soft-fail", "-d", f"{root}/out"]
        environment = {"SLIPWAY_ROOT": str(root)}
        first, second, ratio = paired(ours, checkov, rounds, (environment, environment))
        resources, inside = (json.loads((root / "scan.json").read_text())[key] for key in ("resources", "seconds"))
    return [
        Row(f"scan of {resources} resources, after import", f"{inside:.2f} s", "3 s", inside <= 3),
        Row("the same, whole process", _seconds(first), "", True),
        Row("checkov CLI on the same files", _seconds(second), "", True),
        Row("checkov CLI / slipway scan, pair by pair", f"{ratio:.2f}x", "1x", ratio >= 1),
    ]


CASES = {"synth": synth_warm, "cold": synth_cold, "cheap": without_node, "many": many_endpoints, "full": front_to_back, "scan": scan}

"""`slipway validate` and `slipway list`: what they print, what they load, what they leave alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from slipway.config.release import ImagePin, ModelRelease, ReleaseLock, save_lock
from tests.config.full import full
from tests.config.support import HEADER, Slipway, project, snapshot

ROOT = Path(__file__).resolve().parents[2]
WRONG = HEADER + "regoin: eu-west-1\n"


def alone() -> dict[str, Any]:
    """The full environment, without the delivery of others."""
    return {key: value for key, value in full().items() if key != "delivery"}


def test_validate_checks_every_environment(tmp_path: Path, slipway: Slipway) -> None:
    root = project(tmp_path, dev=HEADER, full=json.dumps(alone()))
    before = snapshot(root)
    done = slipway(root, "validate")
    assert (done.code, done.err) == (0, "")
    assert "valid dev: 1 model(s), 1 endpoint(s)" in done.out
    assert f"valid full: {len(full()['models'])} model(s), {len(full()['endpoints'])} endpoint(s)" in done.out
    assert snapshot(root) == before


def test_the_problems_of_all_environments_come_together(tmp_path: Path, slipway: Slipway) -> None:
    root = project(tmp_path, dev=WRONG, prod=WRONG, good=HEADER)
    done = slipway(root, "validate")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "error: not valid: dev, prod: 2 errors",
        "environments/dev.yaml:2:1 regoin: unknown option; did you mean region?",
        "environments/prod.yaml:2:1 regoin: unknown option; did you mean region?",
    ]
    assert slipway(root, "validate", "good").code == 0


def test_a_mistake_in_the_defaults_is_shown_once(tmp_path: Path, slipway: Slipway) -> None:
    root = project(tmp_path, dev=HEADER, prod=HEADER)
    defaults = root / "environments" / "_defaults.yaml"
    defaults.write_text(defaults.read_text() + "kms: { windw: 3 }\n")
    assert slipway(root, "validate").err.count("environments/_defaults.yaml:14:8 kms.windw: unknown option") == 1


def test_validate_as_json(tmp_path: Path, slipway: Slipway) -> None:
    root = project(tmp_path, dev=WRONG, good=HEADER)
    assert json.loads(slipway(root, "validate", "good", "--json").out) == {
        "environments": [{"name": "good", "models": 1, "endpoints": 1, "warnings": []}]
    }
    done = slipway(root, "validate", "dev", "--json")
    assert done.code == 2
    assert json.loads(done.out)["error"]["errors"] == [
        {"file": "environments/dev.yaml", "line": 2, "column": 1, "path": "regoin", "message": "unknown option; did you mean region?"}
    ]


def test_validate_reads_the_lock_too(tmp_path: Path, slipway: Slipway) -> None:
    root = project(tmp_path, dev=HEADER)
    (root / "environments" / "dev.lock.yaml").write_text("version: 1\nmodles: {}\n")
    done = slipway(root, "validate")
    assert done.code == 2
    assert "environments/dev.lock.yaml:2:1 modles: unknown option; did you mean models?" in done.err


def test_what_nobody_means_is_a_warning(tmp_path: Path, slipway: Slipway) -> None:
    cpu = "policies: [{ kind: target_tracking, name: cpu, custom: { metric_name: CPUUtilization }, target_value: 70 }]"
    text = HEADER + (
        "models: { spare: { container: { image: inference } } }\n"
        "endpoints:\n  wine:\n"
        "    variants: [{ variant_name: main, model: wine, instance_type: ml.c5.2xlarge, initial_instance_count: 9 }]\n"
        f"    autoscaling: {{ main: {{ min_capacity: 1, max_capacity: 4, {cpu} }} }}\n"
    )
    done = slipway(project(tmp_path, dev=text), "validate", "dev")
    assert done.code == 0
    assert "warning: environments/dev.yaml:2:11 models.spare: no endpoint uses this model" in done.out
    assert "endpoints.wine.variants[0].initial_instance_count: starts with 9 instances, above autoscaling's max_capacity 4" in done.out
    assert "environments/dev.yaml:6:164 endpoints.wine.autoscaling.main.policies[0].target_value: CPUUtilization goes to 800" in done.out


def test_list_shows_what_is_released(tmp_path: Path, slipway: Slipway) -> None:
    root = project(tmp_path, dev=HEADER, full=json.dumps(alone()))
    image = ImagePin(repository="acme-full-inference", digest="sha256:" + "ab" * 32)
    save_lock("full", root, ReleaseLock(models={"chain/first": ModelRelease(image=image)}))
    done = slipway(root, "list")
    assert done.code == 0
    assert "full  account 123456789012  region eu-west-1" in done.out
    assert "  model chain/first: image abababababab\n" in done.out
    assert "  model chain/second: not released\n" in done.out
    assert "  endpoint wine: instances; main (wine), next (wine)\n" in done.out
    listed = json.loads(slipway(root, "list", "--json").out)["environments"]
    assert [item["name"] for item in listed] == ["dev", "full"]
    assert listed[1]["models"]["chain/first"]["image"]["digest"] == image.digest
    assert listed[1]["endpoints"]["quiet"] == {"hosting": "serverless", "variants": {"main": "cold"}}


@pytest.mark.parametrize("arguments", [["validate"], ["list"], ["schema", "--check"]], ids=" ".join)
def test_the_real_process_loads_neither_toolkit_nor_boto3(arguments: list[str]) -> None:
    code = (
        "import sys, atexit\n"
        "heavy = ('cdktf', 'jsii', 'constructs', 'boto3', 'botocore', 'moto', 'checkov')\n"
        "atexit.register(lambda: print('LOADED', sorted(m for m in heavy if m in sys.modules)))\n"
        f"sys.argv = ['slipway', *{arguments!r}]\n"
        "from slipway.cli.app import main\nmain()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "LOADED []" in done.stdout

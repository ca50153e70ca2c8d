"""What goes into the image: the locked packages, the bill of materials, the files the Dockerfile copies."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.containers.training.support import CONTAINER

LOCK = (CONTAINER / "requirements.txt").read_text()
PINS = dict(re.findall(r"^([a-z0-9-]+)==([^ ]+) \\$", LOCK, re.MULTILINE))


@pytest.mark.parametrize("name", ["joblib", "numpy", "scikit-learn", "scipy", "skops", "threadpoolctl"])
def test_the_versions_are_the_repositorys(name: str):
    """Otherwise a model trained in the container would have other bytes than one trained beside the tooling."""
    locked = json.loads((ROOT / "Pipfile.lock").read_text())["default"]
    assert f"=={PINS[name]}" == locked[name]["version"]


def test_every_package_is_hashed_and_no_index_is_named():
    assert LOCK.count("==") == len(PINS) >= 10
    assert all(re.search(rf"^{name}==.* \\\n    --hash=sha256:[0-9a-f]{{64}}", LOCK, re.MULTILINE) for name in PINS)
    assert "http" not in LOCK and "index" not in LOCK


def test_every_wanted_package_is_locked():
    wanted = re.findall(r"^([a-z0-9-]+)", (CONTAINER / "requirements.in").read_text(), re.MULTILINE)
    assert set(wanted) <= set(PINS)


def test_the_bill_of_materials_names_every_package():
    done = [
        subprocess.run([sys.executable, CONTAINER / "sbom.py", "image"], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    bill = json.loads(done[0])
    assert done[0] == done[1]
    assert (bill["bomFormat"], bill["specVersion"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "1.5", "image")
    found = {item["name"]: item for item in bill["components"]}
    assert found["python"]["version"] == ".".join(map(str, sys.version_info[:3]))
    assert found["numpy"]["purl"] == f"pkg:pypi/numpy@{PINS['numpy']}"


def test_the_dockerfile_keeps_the_contract():
    text = (CONTAINER / "Dockerfile").read_text()
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(bases) == 2 and len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.11-slim-bookworm@sha256:[0-9a-f]{64}", bases[0])
    assert 'ENTRYPOINT ["python", "/opt/program/train.py"]' in text
    assert "--require-hashes" in text

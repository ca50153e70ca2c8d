"""The table of instance types is what its sources say, and what AWS documents."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from modules._shared.instance_types import InstanceType, lookup, names
from slipway.config import instance_table
from slipway.errors import SlipwayError

ROOT = Path(__file__).resolve().parents[2]


def test_it_is_current() -> None:
    assert instance_table.TARGET.read_text() == instance_table.render(), "run `python -m slipway.config.instance_table`"
    assert instance_table.main(["--check"]) == 0


def test_one_line_per_type_sorted() -> None:
    lines = [line for line in instance_table.TARGET.read_text().splitlines() if line.lstrip().startswith('"ml.')]
    assert lines == sorted(lines, key=lambda line: line.split('"')[1])
    assert len(lines) == len(names()) > 200


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ml.m5.large", (2, 8 * 1024, 0, False, False)),
        ("ml.c5.2xlarge", (8, 16 * 1024, 0, False, False)),
        ("ml.t2.medium", (2, 4 * 1024, 0, False, True)),
        ("ml.m5d.large", (2, 8 * 1024, 0, True, False)),
        ("ml.g4dn.xlarge", (4, 16 * 1024, 1, True, False)),
        ("ml.g5.12xlarge", (48, 192 * 1024, 4, True, False)),
        ("ml.p3.2xlarge", (8, 61 * 1024, 1, False, False)),
        ("ml.p4d.24xlarge", (96, 1152 * 1024, 8, True, False)),
        ("ml.inf2.xlarge", (4, 16 * 1024, 0, False, False)),
    ],
)
def test_figures(name: str, expected: tuple[int, int, int, bool, bool]) -> None:
    assert lookup(name) == InstanceType(name, *expected)


def test_every_type_is_plausible() -> None:
    for instance in map(lookup, names()):
        assert 1 <= instance.vcpus <= 1024 and 1024 <= instance.memory_mib <= 32 * 2**20, instance
        assert 0 <= instance.gpus <= 16
        assert instance.burstable == instance.name.startswith(("ml.t2.", "ml.t3.", "ml.t4g.")), instance


def test_an_unknown_type_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        lookup("ml.m99.large")


def test_a_type_no_source_knows_stops_the_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        instance_table,
        "_package_json",
        lambda package, _: {"shapes": {"ProductionVariantInstanceType": {"enum": ["ml.x9.large"]}}} if package == "botocore" else {},
    )
    with pytest.raises(SlipwayError, match=r"no source knows instance type ml\.x9\.large"):
        instance_table.render()


def test_a_stale_table_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(instance_table, "TARGET", tmp_path / "table.json")
    assert instance_table.main(["--check"]) == 1
    assert not (tmp_path / "table.json").exists()
    assert instance_table.main([]) == 0
    assert instance_table.main(["--check"]) == 0
    assert json.loads((tmp_path / "table.json").read_text())["source"]["names"].startswith("botocore ")


def test_importing_it_reads_nothing() -> None:
    code = "from modules._shared import instance_types as t; assert t._rows.cache_info().currsize == 0; t.lookup('ml.m5.large')"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0

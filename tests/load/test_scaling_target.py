"""The scaling target in the environment file: one number changes, or nothing does."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from slipway.config.load import load_environment
from slipway.errors import InputError
from slipway.load.scaling_target import METRIC, find_place, target_value, write_target
from tests.cli.support import copy_environments

POLICY = f"{{ kind: target_tracking, name: invocations, metric: {METRIC}, target_value: 700 }}"
SCALED = """
# How it scales
endpoints:
  wine: # the only one
    autoscaling:
      main:
        min_capacity: 1
        max_capacity: 4
        policies: # in this order
"""


def project(folder: Path, more: str) -> Path:
    root = copy_environments(folder)
    with (root / "environments/dev.yaml").open("a") as file:
        file.write(more)
    return root


def change(root: Path, value: float) -> list[str]:
    """The changed lines of dev.yaml."""
    path = root / "environments/dev.yaml"
    before = path.read_text()
    write_target(find_place("dev", root, "wine", "main"), "dev", root, value)
    return [line for line in difflib.unified_diff(before.splitlines(), path.read_text().splitlines(), n=0) if line[0] in "+-"][2:]


def targets(root: Path) -> list[object]:
    policies = load_environment("dev", root).endpoints["wine"].autoscaling["main"].policies
    return [getattr(policy, "target_value", None) for policy in policies]


def test_the_number_is_awss() -> None:
    assert target_value(20, 0.5) == 600  # AWS's own example: 20 RPS x 0.5 x 60
    assert target_value(33.37, 0.5) == 1001 and target_value(0.2, 0.5) == 6 and target_value(0.021, 0.5) == 0.63


def test_one_number_changes_and_comments_stay(tmp_path: Path) -> None:
    root = project(tmp_path, f"{SCALED}          - {POLICY} # measured\n")
    assert change(root, 1234.0) == [f"-          - {POLICY} # measured", f"+          - {POLICY.replace('700', '1234')} # measured"]
    assert targets(root) == [1234.0]


@pytest.mark.parametrize("written", ["700", "700.0", "7e2", "700   # before"])
def test_in_block_style(tmp_path: Path, written: str) -> None:
    lines = [
        "- kind: target_tracking",
        "  name: invocations",
        f"  metric: {METRIC}",
        f"  target_value: {written}",
        "  scale_in_cooldown: 60",
    ]
    root = project(tmp_path, SCALED + "".join(f"          {line}\n" for line in lines))
    comment = "   # before" if "#" in written else ""
    assert change(root, 50.5) == [f"-            target_value: {written}", f"+            target_value: 50.5{comment}"]
    assert targets(root) == [50.5]


def test_a_policy_is_added_to_others(tmp_path: Path) -> None:
    other = '- { kind: scheduled, name: evening, schedule: "cron(0 20 ? * * *)", min_capacity: 1, max_capacity: 2 } # at night'
    root = project(tmp_path, f"{SCALED}          # first\n          {other}\n")
    place = find_place("dev", root, "wine", "main")
    assert place.old is None
    added = f"{{ kind: target_tracking, name: invocations-per-instance, metric: {METRIC}, target_value: 600 }}"
    assert change(root, 600.0) == [f"+          - {added}"]
    assert targets(root) == [600.0, None]
    assert find_place("dev", root, "wine", "main").old == 600


def test_without_autoscaling_nothing_is_guessed(tmp_path: Path) -> None:
    root = project(tmp_path, "")
    with pytest.raises(InputError) as caught:
        find_place("dev", root, "wine", "main")
    assert "scales variant main of wine by no policy" in caught.value.message and f"metric: {METRIC}" in caught.value.fix
    fixed = project(tmp_path / "fixed", "\n" + caught.value.fix.removeprefix("add\n") + "\n")
    assert find_place("dev", fixed, "wine", "main").old == 1000


def test_what_other_environments_share_is_not_changed(tmp_path: Path) -> None:
    root = project(tmp_path, "")
    with (root / "environments/_defaults.yaml").open("a") as file:
        file.write("    autoscaling:\n      main: { min_capacity: 1, max_capacity: 2, policies: [" + POLICY + "] }\n")
    with pytest.raises(InputError, match=r"_defaults\.yaml:\d+, which other environments share"):
        find_place("dev", root, "wine", "main")


def test_an_alias_would_change_another_endpoint(tmp_path: Path) -> None:
    text = f"""
endpoints:
  other:
    hosting: {{ kind: instances }}
    variants: [{{ variant_name: main, model: wine, instance_type: ml.m5.large, initial_instance_count: 1 }}]
    autoscaling: &shared
      main:
        min_capacity: 1
        max_capacity: 4
        policies:
          - {POLICY}
  wine:
    autoscaling: *shared
"""
    root = project(tmp_path, text)
    before = (root / "environments/dev.yaml").read_text()
    with pytest.raises(InputError, match=r"the target at dev\.yaml:\d+ cannot be changed by itself"):
        find_place("dev", root, "wine", "main")
    assert (root / "environments/dev.yaml").read_text() == before


def test_an_endpoint_that_the_file_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dev has no endpoint churn"):
        find_place("dev", project(tmp_path, ""), "churn", "main")

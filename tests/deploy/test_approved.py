"""`plan --save` and `deploy --approved`: exactly what was reviewed is applied, anything else is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipway.deploy.approved import APPROVED, approval, load, save
from slipway.deploy.deploy import Options, deploy
from slipway.deploy.preview import preview
from slipway.deploy.target import Target
from slipway.errors import InputError, SlipwayError
from slipway.terraform.fingerprint import fingerprint
from slipway.terraform.review import Review, StackReview
from tests.deploy.support import ACCOUNT, rewrite, serial
from tests.deploy.test_commands import run

YES = lambda _review: True  # noqa: E731


@pytest.fixture
def target(make_target: Callable[..., Target]) -> Target:
    """A deployed stack whose next configuration replaces one resource."""
    made = make_target({"state": {"s": {}}, "shared": {"a": {"triggers_replace": "1"}}})
    deploy(made, YES, Options(stack="shared"))
    rewrite(made, "dev-shared", a={"triggers_replace": "2"})
    return made


def test_the_reviewed_plan_is_applied_by_somebody_else(target: Target, tmp_path: Path) -> None:
    folder = tmp_path / "review"
    saved = run(target, "plan", "dev", "--stack", "shared", "--save", str(folder), "--json")
    assert saved.returncode == 0, saved.stderr
    assert {file.name for file in folder.iterdir()} == {APPROVED, "review.html", "review.md", "review.json"}
    approved = json.loads((folder / APPROVED).read_text())
    assert approved["plan"] == json.loads(saved.stdout)["plan"] and len(approved["stacks"]["dev-shared"]) == 64
    assert "terraform_data.a" in (folder / "review.html").read_text()
    done = run(target, "deploy", "dev", "--stack", "shared", "--approved", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["stacks"][0]["applied"] is True
    again = run(target, "deploy", "dev", "--stack", "shared", "--approved", str(folder), "--json")
    assert again.returncode == 0 and json.loads(again.stdout)["stacks"][0]["applied"] is False


def test_another_plan_is_refused_and_nothing_is_applied(target: Target, tmp_path: Path) -> None:
    save(preview(target, "shared"), target, tmp_path)
    before = serial(target)
    rewrite(target, "dev-shared", a={"triggers_replace": "3"})
    approve = approval(load(tmp_path, "dev"), ACCOUNT)
    with pytest.raises(SlipwayError, match="not the one that was approved") as caught:
        deploy(target, approve, Options(stack="shared"))
    assert caught.value.details["approved"] != caught.value.details["planned"]
    assert serial(target) == before


@pytest.mark.parametrize(
    ("reviewed", "message"),
    [
        (StackReview("dev-shared"), "has no change of it"),
        (StackReview("dev-shared", note="cannot be planned before dev-state is applied"), "could not be planned"),
        (StackReview("dev-network", digest="1"), "has no change of it"),
    ],
)
def test_what_nobody_reviewed_is_refused(make_target: Any, tmp_path: Path, reviewed: StackReview, message: str) -> None:
    target = make_target({"state": {}})
    save(Review("dev", (reviewed,)), target, tmp_path)
    with pytest.raises(SlipwayError, match=message):
        approval(load(tmp_path, "dev"), ACCOUNT)(StackReview("dev-shared", digest="2"))


def test_a_wrong_folder_is_bad_input(make_target: Any, tmp_path: Path) -> None:
    target = make_target({"state": {}})
    save(Review("dev", ()), target, tmp_path)
    with pytest.raises(InputError, match="it is a plan of dev, not of prod"):
        load(tmp_path, "prod")
    with pytest.raises(InputError, match="for account 111111111111, not 222222222222"):
        approval(load(tmp_path, "dev"), "222222222222")
    (tmp_path / APPROVED).write_text("{")
    with pytest.raises(InputError, match="no readable approved.json"):
        load(tmp_path, "dev")
    assert run(target, "deploy", "dev", "--approved", str(tmp_path), "--auto-approve").returncode == 2


def test_require_empty_is_for_the_nightly_check(target: Target) -> None:
    changed = run(target, "plan", "dev", "--stack", "shared", "--require-empty")
    assert changed.returncode == 1 and "dev-shared would change" in changed.stderr
    rewrite(target, "dev-shared", a={"triggers_replace": "1"})
    assert run(target, "plan", "dev", "--stack", "shared", "--require-empty").returncode == 0


def change(**values: Any) -> dict[str, Any]:
    item = {"address": "t.a", "type": "t", "change": {"actions": ["update"], "before": {"x": 1, "y": 1}, "after": {"x": 2, "y": 1}}}
    return {**item, **values}


def test_the_checksum_is_about_what_is_done() -> None:
    plain = {"resource_changes": [change(), {**change(address="t.b"), "change": {"actions": ["no-op"]}}]}
    refreshed = change(change={"actions": ["update"], "before": {"x": 1, "y": 9}, "after": {"x": 2, "y": 9}})
    assert fingerprint(plain) == fingerprint({"resource_changes": [change()], "resource_drift": [1]})
    assert fingerprint(plain) != fingerprint({"resource_changes": [change(address="t.c")]})
    assert fingerprint(plain) != fingerprint({"resource_changes": [refreshed]})
    assert fingerprint(plain) != fingerprint({"resource_changes": [change()], "output_changes": {"o": {"actions": ["create"], "after": 1}}})


def test_live_capacity_does_not_count() -> None:
    def plan(name: str, count: int) -> dict[str, Any]:
        after = {"name": name, "production_variants": [{"variant_name": "main", "initial_instance_count": count, "instance_type": "m"}]}
        kind = "aws_sagemaker_endpoint_configuration"
        return {"resource_changes": [change(type=kind, change={"actions": ["delete", "create"], "before": {"name": "c0"}, "after": after})]}

    assert fingerprint(plan("c1", 1)) == fingerprint(plan("c1", 4))
    assert fingerprint(plan("c1", 1)) != fingerprint(plan("c2", 1))

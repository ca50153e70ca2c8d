"""The ledger: a revision for every deploy; what `rollback` chooses and brings back; the proof of a promotion."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slipway.config.release import ImagePin, ModelRelease
from slipway.deploy import holder
from slipway.deploy.deploy import Options, deploy
from slipway.deploy.proof import prove
from slipway.deploy.provenance import Provenance, provenance
from slipway.deploy.recording import ledger
from slipway.deploy.revisions import Ledger, Revision, StackEntry
from slipway.deploy.rollback import choose, restore
from slipway.deploy.target import Target
from slipway.errors import InputError, SlipwayError
from tests.deploy.support import BUCKET, rewrite

YES = lambda _review: True  # noqa: E731
ENTRY = ModelRelease(artifact=None, image=ImagePin(repository="r", digest="sha256:" + "a" * 64))


def revision(**values: Any) -> Revision:
    stacks = (StackEntry("dev-serving", "d", applied=True, summary="1 create"),)
    plain = Revision(0, "dev", "2026-01-01T00:00:00+00:00", "succeeded", "me", "arn", "", False, "p", stacks, {"f": "1"}, {})
    return replace(plain, **values)


@pytest.fixture
def book(make_target: Callable[..., Target]) -> Ledger:
    return ledger(make_target({"state": {}}))


def test_every_deploy_is_recorded(make_target: Callable[..., Target]) -> None:
    target = make_target({"state": {"s": {}}, "shared": {"a": {}}})
    (target.root / "environments").mkdir()
    (target.root / "environments" / "dev.yaml").write_text("account_id: x\n")
    deploy(target, YES, Options(stack="shared"))
    deploy(target, YES, Options(stack="shared"))
    rewrite(target, "dev-shared", a={}, b={"provisioner": [{"local-exec": {"command": "exit 3"}}]})
    with pytest.raises(SlipwayError):
        deploy(target, YES, Options(stack="shared"))
    failed, unchanged, first = list(ledger(target).newest())
    assert [one.revision for one in (failed, unchanged, first)] == [3, 2, 1]
    assert (first.result, first.stack, first.stacks[0].applied, len(first.plan)) == ("succeeded", "shared", True, 64)
    assert first.files == {"environments/dev.yaml": "account_id: x\n"} and "111111111111" in first.caller
    assert not unchanged.stacks[0].applied and unchanged.stacks[0].summary == "no changes"
    assert failed.result == "failed" and "exit" in failed.error and failed.stacks == ()
    assert not first.whole and not first.serves


def test_numbers_go_on_where_somebody_else_was_faster(book: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert book.add(revision()).revision == 1
    monkeypatch.setattr(Ledger, "numbers", lambda _self: [])
    assert book.add(revision()).revision == 2
    monkeypatch.undo()
    assert book.numbers() == [2, 1]
    assert Ledger(book.s3, "no-such-bucket", "dev").numbers() == []
    with pytest.raises(InputError, match="has no revision 9"):
        book.read(9)
    book.s3.put_object(Bucket=BUCKET, Key=".slipway/revisions/000009.json", Body=b"{}")
    with pytest.raises(SlipwayError, match="is no revision"):
        book.read(9)


def test_rollback_chooses_the_last_good_one(book: Ledger) -> None:
    with pytest.raises(SlipwayError, match="no revision to go back to"):
        choose(book)
    book.add(revision(files={"f": "1"}))
    with pytest.raises(SlipwayError, match="no earlier good revision"):
        choose(book)
    book.add(revision(files={"f": "2"}))
    book.add(revision(files={"f": "2"}))
    assert choose(book).revision == 1
    book.add(revision(files={"f": "3"}, result="failed"))
    assert choose(book).revision == 3
    book.add(revision(files={"f": "2"}, rollback_to=3))
    assert choose(book).revision == 1
    book.add(revision(files={"f": "5"}, stack="network"))
    assert choose(book, to=2).revision == 2
    for number, message in ((4, "failed"), (6, "deployed network alone")):
        with pytest.raises(InputError, match=message):
            choose(book, to=number)


def test_restore_keeps_what_it_replaces(tmp_path: Path) -> None:
    folder = tmp_path / "environments"
    folder.mkdir()
    for name, text in (("_defaults.yaml", "same"), ("dev.yaml", "new"), ("dev.lock.yaml", "new lock")):
        (folder / name).write_text(text)
    old = revision(files={"environments/_defaults.yaml": "same", "environments/dev.yaml": "old"})
    assert restore(tmp_path, old) == ["environments/dev.lock.yaml", "environments/dev.yaml"]
    assert (folder / "dev.yaml").read_text() == "old" and not (folder / "dev.lock.yaml").exists()
    kept = tmp_path / ".slipway" / "dev" / "before-rollback"
    assert {file.name: file.read_text() for file in kept.iterdir()} == {"dev.yaml": "new", "dev.lock.yaml": "new lock"}
    assert restore(tmp_path, old) == []


def test_a_promotion_is_proved_by_what_ran(book: Ledger) -> None:
    with pytest.raises(SlipwayError, match="no deploy of dev is recorded"):
        prove(book, {"wine": ENTRY})
    ran = {"wine": ENTRY.model_dump(exclude_none=True)}
    book.add(revision(models=ran))
    book.add(revision(models={}, stacks=(StackEntry("dev-network", "d", applied=True, summary=""),), stack="network"))
    book.add(revision(models={}, result="failed"))
    assert prove(book, {"wine": ENTRY}).revision == 1
    package = ENTRY.model_copy(update={"model_package_arn": "arn:aws:sagemaker:eu-west-1:111111111111:model-package/wine/1"})
    assert prove(book, {"wine": package}).revision == 1
    other = ENTRY.model_copy(update={"image": ImagePin(repository="r", digest="sha256:" + "b" * 64)})
    with pytest.raises(SlipwayError, match="does not run what its lock file says for wine: revision 1"):
        prove(book, {"wine": other})


def test_provenance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "CODEBUILD_RESOLVED_SOURCE_VERSION",
        "GITHUB_SHA",
        "CI_COMMIT_SHA",
        "GITHUB_ACTOR",
        "GITLAB_USER_LOGIN",
        "CODEBUILD_INITIATOR",
    ):
        monkeypatch.delenv(name, raising=False)
    assert provenance(tmp_path) == Provenance("", False, holder.whoami())
    monkeypatch.setenv("CODEBUILD_RESOLVED_SOURCE_VERSION", "0" * 40)
    monkeypatch.setenv("CODEBUILD_INITIATOR", "codepipeline/p")
    assert provenance(tmp_path) == Provenance("0" * 40, False, "codepipeline/p (CodeBuild)")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    (tmp_path / "f").write_text("1")
    for command in (["init", "-q"], ["add", "f"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *command], check=True)
    found = provenance(tmp_path)
    assert len(found.commit) == 40 and found.commit != "0" * 40 and not found.dirty
    (tmp_path / "f").write_text("2")
    assert provenance(tmp_path).dirty
    assert json.dumps(revision().as_dict())

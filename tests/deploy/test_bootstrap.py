"""The state stack makes its own bucket: first time, interrupted, repeated, destroyed. The bucket is real, the resource a script."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.deploy.bootstrap import local_state, needs_bootstrap
from slipway.deploy.deploy import bootstrap_only, deploy
from slipway.deploy.destroy import destroy
from slipway.deploy.outputs import read_outputs
from slipway.deploy.preview import preview
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from tests.deploy.support import ACCOUNT, BUCKET, REGION, TABLE, boto, rewrite, slow, store

STATE = "dev-state"
YES = lambda _review: True  # noqa: E731
_CLIENTS = f"""
import boto3, sys
options = dict(endpoint_url=sys.argv[1], aws_access_key_id="{ACCOUNT}", aws_secret_access_key="x", region_name="{REGION}")
s3, dynamodb = boto3.client("s3", **options), boto3.client("dynamodb", **options)
"""
_MAKE = f"""{_CLIENTS}
s3.create_bucket(Bucket="{BUCKET}", CreateBucketConfiguration=dict(LocationConstraint="{REGION}"))
s3.put_bucket_versioning(Bucket="{BUCKET}", VersioningConfiguration=dict(Status="Enabled"))
dynamodb.create_table(TableName="{TABLE}", BillingMode="PAY_PER_REQUEST", KeySchema=[dict(AttributeName="LockID", KeyType="HASH")],
    AttributeDefinitions=[dict(AttributeName="LockID", AttributeType="S")])
"""
_REMOVE = f"""{_CLIENTS}
for page in s3.get_paginator("list_object_versions").paginate(Bucket="{BUCKET}"):
    for item in page.get("Versions", []) + page.get("DeleteMarkers", []):
        s3.delete_object(Bucket="{BUCKET}", Key=item["Key"], VersionId=item["VersionId"])
s3.delete_bucket(Bucket="{BUCKET}")
dynamodb.delete_table(TableName="{TABLE}")
"""


@pytest.fixture
def target(make_target: Callable[..., Target], tmp_path: Path) -> Target:
    """Nothing exists yet; the state stack's one resource makes bucket and table, and removes them when destroyed."""
    (tmp_path / "make.py").write_text(_MAKE)
    (tmp_path / "remove.py").write_text(_REMOVE)
    made = make_target({"state": {}, "shared": {"a": {"input": "x"}}})
    boto(made.url or "", "s3").delete_bucket(Bucket=BUCKET)
    boto(made.url or "", "dynamodb").delete_table(TableName=TABLE)
    rewrite(made, STATE, backend=backend_resource(made, tmp_path))
    return made


def backend_resource(target: Target, folder: Path) -> dict[str, object]:
    run = lambda name: {"command": f"{sys.executable} {folder / name} {target.url}"}  # noqa: E731
    return {"provisioner": [{"local-exec": run("make.py")}, {"local-exec": {**run("remove.py"), "when": "destroy"}}]}


def test_bootstrap_ends_in_its_own_bucket_and_repeats(target: Target) -> None:
    assert needs_bootstrap(target)
    assert bootstrap_only(target, YES).applied
    state = json.loads(store(target, STATE).read(f"{STATE}.tfstate") or b"{}")
    assert [resource["name"] for resource in state["resources"]] == ["backend"]
    assert not local_state(target).exists() and store(target, STATE).record() is not None
    assert not bootstrap_only(target, YES).applied


def test_interrupted_before_the_migration(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("slipway.terraform.cli.Terraform.state_push", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bootstrap_only(target, YES)
    assert local_state(target).exists()
    result = bootstrap_only(target, YES)
    assert not result.applied, "the bucket was there already, only the migration was missing"
    assert store(target, STATE).read(f"{STATE}.tfstate") and not local_state(target).exists()


def test_interrupted_after_the_migration(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("slipway.deploy.bootstrap._verify_migrated", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bootstrap_only(target, YES)
    assert not bootstrap_only(target, YES).applied
    assert not local_state(target).exists()


def test_a_bucket_without_any_state_is_refused(target: Target) -> None:
    boto(target.url or "", "s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    with pytest.raises(SlipwayError, match="exists, but no state of dev-state"):
        bootstrap_only(target, YES)


def test_first_deploy_runs_the_others_as_soon_as_the_backend_is_usable(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = target.folder(STATE) / "cdk.tf.json"
    document = json.loads(file.read_text())
    document["resource"]["terraform_data"]["lifecycle"] = slow(5, tmp_path / "made", depends_on=["terraform_data.backend"])
    file.write_text(json.dumps(document))
    monkeypatch.setattr("slipway.deploy.bootstrap._SLOW_AND_NOT_NEEDED", ("terraform_data",))
    assert [result.applied for result in deploy(target, YES)] == [True, True]
    lines = target.reporter.lines  # type: ignore[attr-defined]
    finished = next(index for index, line in enumerate(lines) if "terraform_data.lifecycle created" in line)
    assert lines.index("dev-shared applied") < finished, "the shared stack waited for what it does not need"
    assert [result.applied for result in deploy(target, YES)] == [False, False]


def test_preview_before_and_after(target: Target) -> None:
    before = preview(target)
    assert before.stacks[0].count("create") == 1 and "before dev-state is applied" in before.stacks[1].note and not before.empty
    deploy(target, YES)
    after = preview(target)
    assert after.empty
    assert read_outputs(target) == {"dev-state": {}, "dev-shared": {}}


def test_destroy_removes_everything_and_can_be_repeated(target: Target) -> None:
    deploy(target, YES)
    results = destroy(target, YES)
    assert [(result.review.stack, result.review.count("destroy")) for result in results] == [("dev-shared", 1), ("dev-state", 1)]
    assert not store(target, STATE).bucket_exists() and not list(local_state(target).parent.iterdir())
    assert destroy(target, YES) == []


def test_interrupted_destroy_goes_on_and_a_deploy_makes_it_whole(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(target, YES)
    with monkeypatch.context() as patch:
        patch.setattr("slipway.deploy.destroy.apply_plan", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            destroy(target, YES)
    assert needs_bootstrap(target)
    deploy(target, YES)
    assert not needs_bootstrap(target)
    assert [result.applied for result in destroy(target, YES)][-1]
    assert not store(target, STATE).bucket_exists()


def test_protected_environment_is_not_destroyed(target: Target) -> None:
    deploy(target, YES)
    file = target.folder(STATE) / "cdk.tf.json"
    document = json.loads(file.read_text())
    document["resource"]["terraform_data"]["backend"]["lifecycle"] = {"prevent_destroy": True}
    file.write_text(json.dumps(document))
    with pytest.raises(SlipwayError, match=r"terraform_data.backend must not be destroyed") as caught:
        destroy(target, YES)
    assert "deletion_protection: false" in caught.value.fix
    assert json.loads(store(target).read("dev-shared.tfstate") or b"{}")["resources"]


def test_a_layer_that_carries_another_is_not_destroyed_alone(target: Target) -> None:
    deploy(target, YES)
    with pytest.raises(SlipwayError, match="dev-shared stands on dev-state"):
        destroy(target, YES, "state")


def test_answering_no_applies_nothing(target: Target) -> None:
    with pytest.raises(SlipwayError, match="was not approved"):
        deploy(target, lambda _review: False)
    assert not store(target, STATE).bucket_exists()

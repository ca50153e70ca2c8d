"""One local AWS for the folder, and projects of small stacks on a fresh bucket and lock table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from slipway.deploy.target import Target
from slipway.localaws import server
from tests.deploy.support import BUCKET, REGION, TABLE, Config, Recorder, boto, document, empty


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """URL of one local AWS for all tests of this folder."""
    with server.start() as running:
        yield running.url


@pytest.fixture
def make_target(aws: str, tmp_path: Path) -> Callable[..., Target]:
    """A fresh bucket, table and project; `make_target({"shared": {...resources...}}, lock="s3")`."""
    empty(aws)
    boto(aws, "s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    boto(aws, "s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    boto(aws, "dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
    )
    made = iter(range(100))

    def make(stacks: dict[str, dict[str, Any]], lock: str = "both") -> Target:
        root = tmp_path / f"checkout-{next(made)}"
        target = Target("dev", Config(), root, root / "cdktf.out", aws, Recorder())
        for layer, resources in stacks.items():
            folder = target.folder(f"dev-{layer}")
            folder.mkdir(parents=True)
            (folder / "cdk.tf.json").write_text(json.dumps(document(f"dev-{layer}", lock, **resources)))
        target.prepare()
        return target

    return make

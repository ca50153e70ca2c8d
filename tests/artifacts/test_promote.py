"""`promote`: the same bytes and the same digest in the next account, or nothing at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipway.artifacts.account import Account
from slipway.artifacts.objects import read_sha256
from slipway.artifacts.promote import promote
from slipway.config.release import load_lock
from slipway.errors import InputError, SlipwayError
from tests.artifacts.release_support import drop_artifacts, lock_text, run


def test_promotion_copies_bytes_and_digest_to_the_other_account(
    account: Callable[[str], Account], root: Path, model: Path, image: Path
) -> None:
    dev, staging = account("dev"), account("staging")
    entry = run(dev, root, model, image).models["wine"]
    run(dev, root, model, image, "large")
    done = promote(dev, staging, root, ["wine", "large"])
    copied = done.models["wine"]
    assert (copied.artifact, copied.image.digest, copied.image.repository) == (
        entry.artifact,
        entry.image.digest,
        "slipway-staging-inference",
    )
    for promoted in done.models.values():
        key = promoted.artifact.key if not promoted.artifact.key.endswith("/") else promoted.artifact.key[:-1] + ".sums"
        assert read_sha256(staging.client("s3"), staging.models_bucket, key) == promoted.artifact.sha256
    head = staging.client("s3").head_object(Bucket=staging.models_bucket, Key=copied.artifact.key)
    assert head["SSEKMSKeyId"].endswith(":222222222222:alias/slipway-staging-artifacts")
    tags = staging.client("ecr").describe_images(repositoryName="slipway-staging-inference")["imageDetails"][0]["imageTags"]
    assert tags == [f"release-{entry.image.digest[7:19]}"]
    before = lock_text(root, "staging")
    assert not promote(dev, staging, root, ["wine", "large"]).changed
    assert lock_text(root, "staging") == before
    assert lock_text(root, "prod") is None


def test_the_lock_alone_is_what_a_whole_promotion_would_write(
    account: Callable[[str], Account], root: Path, model: Path, image: Path
) -> None:
    dev, staging = account("dev"), account("staging")
    run(dev, root, model, image)
    assert promote(dev, staging, root, ["wine"], copy=False).changed
    planned = lock_text(root, "staging")
    assert not staging.client("s3").list_objects_v2(Bucket=staging.models_bucket).get("Contents")
    assert not staging.client("ecr").describe_images(repositoryName="slipway-staging-inference")["imageDetails"]
    promote(dev, staging, root, ["wine"])
    assert lock_text(root, "staging") == planned


def _drop_image(dev: Account, digest: str, **_: Any) -> None:
    dev.client("ecr").batch_delete_image(repositoryName="slipway-dev-inference", imageIds=[{"imageDigest": digest}])


def _damage_artifact(dev: Account, key: str, size: int, **_: Any) -> None:
    dev.client("s3").put_object(Bucket=dev.models_bucket, Key=key, Body=bytes(size))


def _occupy_target(target: Account, key: str, size: int, **_: Any) -> None:
    target.client("s3").put_object(Bucket=target.models_bucket, Key=key, Body=bytes(size))


def _drop_target_repository(target: Account, **_: Any) -> None:
    target.client("ecr").delete_repository(repositoryName="slipway-staging-inference", force=True)


def _index(dev: Account, root: Path, digest: str, **_: Any) -> None:
    """The lock pins an OCI index."""
    child = {"mediaType": "application/vnd.docker.distribution.manifest.v2+json", "digest": digest, "size": 1}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [child]}
    put = dev.client("ecr").put_image(repositoryName="slipway-dev-inference", imageManifest=json.dumps(manifest), imageTag="index")
    path = root / "environments" / "dev.lock.yaml"
    path.write_text(path.read_text().replace(digest, put["image"]["imageId"]["imageDigest"]))


PROMOTIONS: dict[str, tuple[Callable[..., None], str]] = {
    "archive gone": (drop_artifacts, "is missing"),
    "image gone": (_drop_image, "no image sha256:"),
    "archive damaged in the source": (_damage_artifact, "holds other bytes"),
    "other bytes in the target": (_occupy_target, "holds other bytes"),
    "repository missing in the target": (_drop_target_repository, "RepositoryNotFoundException"),
    "an OCI index": (_index, "OCI index"),
}


@pytest.mark.parametrize("case", PROMOTIONS)
def test_promotions_that_are_refused(account: Callable[[str], Account], root: Path, model: Path, image: Path, case: str) -> None:
    dev, staging = account("dev"), account("staging")
    entry = run(dev, root, model, image).models["wine"]
    plant, says = PROMOTIONS[case]
    plant(dev=dev, target=staging, root=root, key=entry.artifact.key, size=entry.artifact.size, digest=entry.image.digest)
    with pytest.raises(SlipwayError, match=says):
        promote(dev, staging, root, ["wine"])
    assert lock_text(root, "staging") is None


def test_an_image_for_the_wrong_instances_does_not_reach_production(
    account: Callable[[str], Account], root: Path, model: Path, image: Path
) -> None:
    dev, prod = account("dev"), account("prod")
    run(dev, root, model, image)
    with pytest.raises(SlipwayError, match="built for linux/amd64, but its instances need linux/arm64"):
        promote(dev, prod, root, ["wine"])
    assert not prod.client("s3").list_objects_v2(Bucket=prod.models_bucket).get("Contents")
    assert lock_text(root, "prod") is None


def test_promotions_that_make_no_sense(account: Callable[[str], Account], root: Path) -> None:
    dev, staging = account("dev"), account("staging")
    with pytest.raises(InputError, match="same environment"):
        promote(dev, dev, root)
    with pytest.raises(InputError, match="wine is not released in dev") as refused:
        promote(dev, staging, root, ["wine"])
    assert refused.value.fix == "slipway release dev wine"


def test_promotion_keeps_what_the_target_had(account: Callable[[str], Account], root: Path, model: Path, image: Path) -> None:
    dev, staging = account("dev"), account("staging")
    run(staging, root, model, image, "weights", source=None)
    (model / "weights.bin").write_bytes(os.urandom(100))
    run(dev, root, model, image)
    promote(dev, staging, root, ["wine"])
    assert set(load_lock("staging", root).models) == {"weights", "wine"}

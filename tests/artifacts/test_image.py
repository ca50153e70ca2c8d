"""Images: pushed without docker, looked up, refused when SageMaker could not run them, kept from expiry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipway.artifacts.account import Account
from slipway.artifacts.image import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    find_image,
    keep,
    require_runnable,
)
from slipway.artifacts.image_push import copy_image
from slipway.artifacts.sample_image import build_image_archive
from slipway.config.architecture import required_architecture
from slipway.config.load import load_environment
from slipway.errors import InputError, SlipwayError
from tests.artifacts.release_support import Recorder, pushed

REPOSITORY = "slipway-dev-inference"


@pytest.fixture
def dev(account: Callable[[str], Account]) -> Account:
    return account("dev")


def put(account: Account, manifest: dict[str, Any], media_type: str, tag: str = "odd") -> None:
    """Register any manifest, its config pushed first."""
    account.client("ecr").put_image(
        repositoryName=REPOSITORY, imageManifest=json.dumps(manifest), imageManifestMediaType=media_type, imageTag=tag
    )


def test_push_find_verify_keep(dev: Account, image: Path) -> None:
    reporter = Recorder()
    sent = pushed(dev, image, reporter=reporter)
    assert sent.digest == "sha256:" + hashlib.sha256(sent.manifest.encode()).hexdigest()
    assert sum("sending" in line for line in reporter.lines) == 2
    again = Recorder()
    assert pushed(dev, image, reporter=again).digest == sent.digest
    assert not any("sending" in line for line in again.lines)
    for reference in ("build-1", sent.digest):
        found = find_image(dev, REPOSITORY, reference)
        assert (found.digest, found.media_type) == (sent.digest, DOCKER_MANIFEST)
        require_runnable(dev, found, "amd64")
    keep(dev, found)
    keep(dev, found)
    tags = dev.client("ecr").describe_images(repositoryName=REPOSITORY, imageIds=[{"imageDigest": sent.digest}])["imageDetails"][0][
        "imageTags"
    ]
    assert sorted(tags) == ["build-1", f"release-{sent.digest[7:19]}"]


def test_the_release_tag_is_one_that_the_lifecycle_policy_keeps(dev: Account, image: Path) -> None:
    from modules.registry.lifecycle import lifecycle_policy

    rules = json.loads(lifecycle_policy(dev.config.registries["inference"]))["rules"]
    prefixes = rules[0]["selection"]["tagPrefixList"]
    assert any(pushed(dev, image).release_tag.startswith(prefix) for prefix in prefixes)


def test_layers_in_several_parts(dev: Account, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ecr = dev.client("ecr")
    initiate = ecr.initiate_layer_upload
    monkeypatch.setattr(ecr, "initiate_layer_upload", lambda **kwargs: {**initiate(**kwargs), "partSize": 1000})
    build_image_archive(model, tmp_path / "i.tar")
    sent = pushed(dev, tmp_path / "i.tar")
    for digest, size in sent.references:
        from slipway.artifacts.image import fetch_blob

        assert len(fetch_blob(dev, REPOSITORY, digest, 10**6)) == size


def test_a_copy_in_another_account_has_the_same_digest(account: Callable[[str], Account], image: Path) -> None:
    dev, staging = account("dev"), account("staging")
    sent = pushed(dev, image)
    copied = copy_image(dev, sent, staging, "slipway-staging-inference")
    assert copied.digest == sent.digest
    require_runnable(staging, find_image(staging, "slipway-staging-inference", sent.release_tag), "amd64")


@pytest.mark.parametrize("reference", ["nope", "sha256:" + "0" * 64])
def test_a_missing_image(dev: Account, reference: str) -> None:
    with pytest.raises(SlipwayError, match=f"no image {reference} in repository {REPOSITORY} of account 111111111111"):
        find_image(dev, REPOSITORY, reference)


def test_a_missing_repository(dev: Account) -> None:
    with pytest.raises(SlipwayError, match="RepositoryNotFoundException") as missing:
        find_image(dev, "slipway-dev-other", "x")
    assert missing.value.fix == "create it first: slipway deploy dev"


@pytest.mark.parametrize(
    ("media_type", "says"),
    [
        (OCI_INDEX, "OCI index"),
        (DOCKER_LIST, "manifest list"),
        (OCI_MANIFEST, "OCI manifest"),
        ("application/x-helm", "media type application/x-helm"),
    ],
)
def test_other_kinds_of_image_are_refused(dev: Account, image: Path, media_type: str, says: str) -> None:
    inner = pushed(dev, image)
    manifest = json.loads(inner.manifest) | {"mediaType": media_type}
    if media_type in (OCI_INDEX, DOCKER_LIST):
        child = {
            "mediaType": DOCKER_MANIFEST,
            "digest": inner.digest,
            "size": len(inner.manifest),
            "platform": {"os": "linux", "architecture": "amd64"},
        }
        manifest = {"schemaVersion": 2, "mediaType": media_type, "manifests": [child]}
    put(dev, manifest, media_type)
    with pytest.raises(SlipwayError, match=says) as refused:
        require_runnable(dev, find_image(dev, REPOSITORY, "odd"), "amd64")
    assert "--provenance=false" in refused.value.fix
    assert "--platform linux/amd64" in refused.value.fix


@pytest.mark.parametrize(("built", "needed"), [("arm64", "amd64"), ("amd64", "arm64"), ("riscv64", "amd64")])
def test_the_wrong_architecture(dev: Account, model: Path, tmp_path: Path, built: str, needed: str) -> None:
    build_image_archive(model, tmp_path / "i.tar", architecture=built)
    with pytest.raises(SlipwayError, match=f"built for linux/{built}, but its instances need linux/{needed}") as refused:
        require_runnable(dev, pushed(dev, tmp_path / "i.tar"), needed)
    assert f"linux/{needed}" in refused.value.fix


@pytest.mark.parametrize(
    ("types", "architecture"),
    [
        ([], "amd64"),
        (["ml.m5.large", "ml.g4dn.xlarge", "ml.inf2.xlarge", "ml.g5.xlarge", "ml.m6i.large"], "amd64"),
        (["ml.c6g.large"], "arm64"),
        (["ml.m6gd.large", "ml.c6gn.large", "ml.r6gd.large", "ml.c7g.large"], "arm64"),
        (["ml.m5.large", "ml.c7g.large"], None),
    ],
)
def test_the_architecture_follows_the_instance_types(root: Path, types: list[str], architecture: str | None) -> None:
    text = (root / "environments" / "dev.yaml").read_text().partition("endpoints:")[0]
    lines = [
        f"  e{i}: {{ hosting: {{ kind: instances }}, variants: [{{ variant_name: main, model: wine, instance_type: {name}, initial_instance_count: 1 }}] }}"
        for i, name in enumerate(types)
    ]
    (root / "environments" / "dev.yaml").write_text(text + ("endpoints:\n" + "\n".join(lines) if lines else "") + "\n")
    config = load_environment("dev", root)
    if architecture is None:
        with pytest.raises(InputError, match=r"arm64 \(ml.c7g.large\) and on amd64 \(ml.m5.large\)"):
            required_architecture(config, "wine")
    else:
        assert required_architecture(config, "wine") == architecture


def test_a_damaged_blob_is_not_believed(dev: Account, image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = pushed(dev, image)
    ecr = dev.client("ecr")
    layer = sent.references[1][0]
    other = ecr.get_download_url_for_layer(repositoryName=REPOSITORY, layerDigest=layer)
    monkeypatch.setattr(ecr, "get_download_url_for_layer", lambda **_: other)
    with pytest.raises(SlipwayError, match="other bytes"):
        require_runnable(dev, sent, "amd64")

"""Models that run an image AWS keeps: pinned by digest in AWS's own registry of the region."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest

from modules._shared.prebuilt import PrebuiltImage, locate
from slipway.artifacts.account import Account
from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.image_push import push
from slipway.artifacts.image_release import push_image
from slipway.artifacts.promote import promote
from slipway.artifacts.release import release
from slipway.config.load import load_environment
from slipway.config.release import load_lock
from slipway.errors import InputError, SlipwayError

IMAGE = PrebuiltImage(framework="pytorch", version="2.6")
PLACE = locate(IMAGE, "inference", "eu-west-1")
MADE: dict[str, Account] = {}


@pytest.fixture
def prebuilt(root: Path, url: str, image: Path) -> str:
    """Every environment's `wine` runs PyTorch of AWS; its registry holds the image. The image's digest."""
    MADE.clear()
    for name in ("dev", "staging", "prod"):
        file = root / "environments" / f"{name}.yaml"
        text = file.read_text().replace(
            "wine: { container: { image: inference } }", 'wine: { container: { image: { framework: pytorch, version: "2.6" } } }'
        )
        file.write_text(text)
    keys = {"aws_access_key_id": PLACE.account_id, "aws_secret_access_key": "local", "endpoint_url": url}
    client = boto3.client("ecr", region_name=PLACE.region, **keys)
    client.create_repository(repositoryName=PLACE.repository)
    with open_image_archive(image) as saved:
        aws = SimpleNamespace(client=lambda _service: client)
        return push(aws, PLACE.repository, saved.manifest, saved.blobs, tag=PLACE.tag).digest  # type: ignore[arg-type]


def fresh(account: Callable[[str], Account], name: str, root: Path) -> Account:
    """The account with the changed environment file, made once in a test."""
    if name not in MADE:
        MADE[name] = account(name)
    MADE[name].config = load_environment(name, root)
    return MADE[name]


def test_the_tag_becomes_a_digest(prebuilt: str, account: Callable[[str], Account], root: Path, model: Path) -> None:
    dev = fresh(account, "dev", root)
    done = release(dev, root, ["wine"], source=model)
    pin = load_lock("dev", root).models["wine"].image
    assert (pin.repository, pin.digest) == (f"763104351884.dkr.ecr.eu-west-1.amazonaws.com/{PLACE.repository}", prebuilt)
    assert done.changed and not release(dev, root, ["wine"], source=model).changed


def test_another_environment_gets_the_same_digest(prebuilt: str, account: Callable[[str], Account], root: Path, model: Path) -> None:
    release(fresh(account, "dev", root), root, ["wine"], source=model)
    promote(fresh(account, "dev", root), fresh(account, "staging", root), root, ["wine"])
    assert load_lock("staging", root).models["wine"].image.digest == prebuilt


def test_what_cannot_be_done_with_it(prebuilt: str, account: Callable[[str], Account], root: Path, model: Path, image: Path) -> None:
    dev = fresh(account, "dev", root)
    with pytest.raises(InputError, match="--image has no place"):
        release(dev, root, ["wine"], source=model, image="build-1")
    with pytest.raises(InputError, match="an image that AWS keeps"):
        push_image(dev, root, ["wine"], image)


def test_an_image_that_is_gone(prebuilt: str, account: Callable[[str], Account], root: Path, model: Path) -> None:
    dev = fresh(account, "dev", root)
    ecr = boto3.client(
        "ecr", region_name=PLACE.region, aws_access_key_id=PLACE.account_id, aws_secret_access_key="local", endpoint_url=dev._local_url
    )
    ecr.batch_delete_image(repositoryName=PLACE.repository, imageIds=[{"imageTag": PLACE.tag}])
    with pytest.raises(SlipwayError, match="does not keep"):
        release(dev, root, ["wine"], source=model)

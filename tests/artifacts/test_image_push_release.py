"""`slipway image push`: the archive goes to ECR, its digest into the lock, and a process image only to the local AWS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.artifacts.account import Account
from slipway.artifacts.image import find_image, require_runnable
from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.image_release import push_image
from slipway.artifacts.release import release
from slipway.artifacts.sample_image import build_image_archive
from slipway.config.release import load_lock
from slipway.errors import InputError, SlipwayError
from tests.artifacts.release_support import Recorder, lock_text, pushed, run

REFUSED = r"is a process image \(label slipway.image=process\)"


@pytest.fixture
def dev(account: Callable[[str], Account]) -> Account:
    return account("dev")


def real(account: Account) -> Account:
    """The same account, taken for one of AWS: what is asked still goes to the local AWS."""
    account.client("ecr")
    account.client("sts")
    account.client("s3")
    account._local_url = None
    return account


def digest(archive: Path) -> str:
    with open_image_archive(archive) as saved:
        return saved.digest


def test_the_digest_is_pinned_and_the_data_stays(
    dev: Account, root: Path, model: Path, image: Path, tmp_path: Path, recorder: Recorder
) -> None:
    before = run(dev, root, model, image).models["wine"]
    (model / "weights.bin").write_bytes(b"another program")
    build_image_archive(model, tmp_path / "new.tar")
    done = push_image(dev, root, ["wine"], tmp_path / "new.tar", reporter=recorder)
    after = load_lock("dev", root).models["wine"]
    assert done.changed and after == done.models["wine"]
    assert after.artifact == before.artifact
    assert after.image.digest == digest(tmp_path / "new.tar") != before.image.digest
    assert not push_image(dev, root, ["wine"], tmp_path / "new.tar").changed
    tags = {found["imageTag"] for found in dev.client("ecr").list_images(repositoryName=after.image.repository)["imageIds"]}
    assert {f"build-{after.image.digest[7:19]}", f"release-{after.image.digest[7:19]}"} <= tags


def test_a_tag_of_ones_own_and_data_later(dev: Account, root: Path, model: Path, image: Path) -> None:
    pin = push_image(dev, root, ["wine"], image, tag="v1").models["wine"].image
    assert find_image(dev, pin.repository, "v1").digest == pin.digest
    assert load_lock("dev", root).models["wine"].artifact is None
    released = release(dev, root, ["wine"], source=model).models["wine"]
    assert released.image == pin and released.artifact is not None


def test_a_real_account_refuses_a_process_image(dev: Account, root: Path, model: Path, image: Path) -> None:
    sent = pushed(dev, image)
    real(dev)
    with pytest.raises(SlipwayError, match=REFUSED) as refused:
        push_image(dev, root, ["wine"], image)
    assert "slipway image build" in refused.value.fix
    for named in (str(image), sent.digest):
        with pytest.raises(SlipwayError, match=REFUSED):
            release(dev, root, ["wine"], source=model, image=named)
    with pytest.raises(SlipwayError, match=REFUSED):
        require_runnable(dev, sent, "amd64")
    assert lock_text(root) is None


@pytest.mark.parametrize(
    ("names", "file", "says"),
    [
        (["wine"], "gone.tar", "no such file"),
        (["beer"], "image.tar", "no model 'beer'"),
    ],
)
def test_bad_input(dev: Account, root: Path, image: Path, tmp_path: Path, names: list[str], file: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        push_image(dev, root, names, tmp_path / file)
    assert lock_text(root) is None

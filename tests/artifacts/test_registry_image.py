"""`slipway image push --registry`: an image that no model holds, pinned in the lock's `images`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.artifacts.account import Account
from slipway.artifacts.registry_image import pin_registry_image
from slipway.config.release import load_lock
from slipway.errors import InputError, SlipwayError
from tests.artifacts.release_support import Recorder, lock_text, run


@pytest.fixture
def dev(account: Callable[[str], Account]) -> Account:
    return account("dev")


def test_an_archive_is_pushed_and_pinned_and_models_stay(dev: Account, root: Path, model: Path, image: Path, recorder: Recorder) -> None:
    run(dev, root, model, image)
    released = load_lock("dev", root).models
    pin, changed = pin_registry_image(dev, root, "inference", str(image), reporter=recorder)
    lock = load_lock("dev", root)
    assert changed and lock.images == {"inference": pin} and lock.models == released
    assert pin_registry_image(dev, root, "inference", str(image)) == (pin, False)
    tags = {item["imageTag"] for item in dev.client("ecr").list_images(repositoryName=pin.repository)["imageIds"]}
    assert f"release-{pin.digest[7:19]}" in tags, "ECR's lifecycle never expires it"


def test_a_release_of_a_model_leaves_images_alone(dev: Account, root: Path, model: Path, image: Path) -> None:
    pin, _ = pin_registry_image(dev, root, "inference", str(image), tag="v1")
    run(dev, root, model, image)
    assert load_lock("dev", root).images == {"inference": pin}
    assert pin_registry_image(dev, root, "inference", "v1")[0] == pin, "an image that is there, by its tag"


def test_what_is_refused_leaves_the_lock_alone(dev: Account, root: Path, image: Path) -> None:
    before = lock_text(root)
    with pytest.raises(InputError, match="has no registry 'training'"):
        pin_registry_image(dev, root, "training", str(image))
    with pytest.raises(SlipwayError, match="no image latest"):
        pin_registry_image(dev, root, "inference", "latest")
    assert lock_text(root) == before

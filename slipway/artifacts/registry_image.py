"""Images that no model holds, such as the training container: pinned in the lock file by the registry they lie in."""

from __future__ import annotations

from pathlib import Path

from slipway.artifacts.account import Account
from slipway.artifacts.image import find_image, keep, require_runnable
from slipway.artifacts.pin_image import pushed
from slipway.config.release import ImagePin, load_lock, save_lock
from slipway.progress import Reporter, Silent


def pin_registry_image(
    account: Account, root: Path, registry: str, named: str, *, tag: str | None = None, reporter: Reporter | None = None
) -> tuple[ImagePin, bool]:
    """Pin an image of the key `registry` of `registries` in `environments/<env>.lock.yaml`; returns it and whether the file changed.

    `named`: a `docker save` archive, which is pushed first under `tag` (default `build-` and twelve digits of its digest), or a tag or
    `sha256:` digest of an image that is there. InputError for an unknown registry, SlipwayError for what SageMaker cannot run; whatever
    fails, the lock file is untouched. Training and processing jobs run on amd64.
    """
    reporter = reporter or Silent()
    repository = account.repository(registry)
    account.require()
    found = find_image(account, repository, pushed(account, repository, named, tag, reporter))
    require_runnable(account, found, "amd64")
    keep(account, found)
    lock = load_lock(account.config.name, root)
    changed = save_lock(account.config.name, root, lock.model_copy(update={"images": {**lock.images, registry: found.pin}}))
    reporter.info("image", f"{found.repository}@{found.digest}: linux, tagged {found.release_tag}")
    return found.pin, changed

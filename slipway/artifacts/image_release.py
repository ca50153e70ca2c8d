"""`slipway image push`: an image archive into the environment's ECR repository, its digest into the lock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from slipway.artifacts.account import Account
from slipway.artifacts.pin_image import pin_image
from slipway.artifacts.prebuilt import require_own
from slipway.artifacts.release import Released, record
from slipway.artifacts.targets import targets
from slipway.config.release import ModelRelease, load_lock
from slipway.errors import InputError
from slipway.progress import Reporter, Silent


def push_image(
    account: Account, root: Path, names: Sequence[str], archive: Path, *, tag: str | None = None, reporter: Reporter | None = None
) -> Released:
    """Push `archive` for the models `names` (all when empty) and pin its digest in `environments/<env>.lock.yaml`.

    The released model data stays; a model without any still needs `slipway release ENV MODEL`, and `deploy` says so until then.
    Whatever fails, the lock file is untouched. InputError when the models use several repositories.
    """
    reporter = reporter or Silent()
    chosen = targets(account.config, names)
    if not chosen:
        raise InputError("there is no model whose image could be pushed", fix="add one to `models` of the environment")
    if len({target.container.image for target in chosen}) > 1:
        keys = ", ".join(target.key for target in chosen)
        raise InputError(f"one image fits one repository; {keys} use several", fix="name the model, or `model/container` of a pipeline")
    for target in chosen:
        require_own(target)
    if outside := [target.key for target in chosen if target.outside_ecr]:
        raise InputError(f"{outside[0]} pulls from a private Docker registry", fix="push it there, then `slipway release` with its digest")
    if not archive.is_file():
        raise InputError(f"{archive}: no such file", fix="build it first: slipway image build")
    lock = load_lock(account.config.name, root)
    account.require()
    entries = {}
    for target in chosen:
        earlier = lock.models.get(target.key)
        pin = pin_image(account, target, earlier, str(archive), reporter, tag=tag)
        entries[target.key] = ModelRelease(artifact=earlier.artifact if earlier else None, image=pin)
    return record(account.config.name, root, entries, reporter)

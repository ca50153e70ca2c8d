"""Promote: the same bytes and the same image digest that run in one environment, released in another."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from slipway.artifacts.account import Account, explain
from slipway.artifacts.image import Image, find_image, keep, require_runnable
from slipway.artifacts.image_push import copy_image
from slipway.artifacts.objects import describe, download, verify
from slipway.artifacts.pack import Archive
from slipway.artifacts.prebuilt import same_prebuilt
from slipway.artifacts.prefix import copy_prefix, require_prefix
from slipway.artifacts.release import Released, record, require_artifact
from slipway.artifacts.targets import Target, targets
from slipway.artifacts.upload import upload_file
from slipway.config.architecture import required_architecture
from slipway.config.release import ArtifactPin, ImagePin, ModelRelease, ReleaseLock, load_lock
from slipway.errors import InputError, SlipwayError
from slipway.progress import Reporter, Silent


def promote(
    source: Account,
    target: Account,
    root: Path,
    names: Sequence[str] = (),
    *,
    prove: Callable[[Mapping[str, ModelRelease]], object] = lambda _entries: None,
    copy: bool = True,
    reporter: Reporter | None = None,
) -> Released:
    """Copy the releases of `names` (all models of the target when empty) from `source`'s environment to `target`'s.

    `prove` is asked first with the source's entries, and raises when it does not run them (slipway/deploy/proof.py). Then everything
    is checked in the source: each archive and image must be there, and the image must run on the target's instances. Then what the
    target lacks is copied and verified, and its lock file written last.
    """
    reporter = reporter or Silent()
    if source.config.name == target.config.name:
        raise InputError("source and target are the same environment", fix="promote from one environment to another")
    chosen = targets(target.config, names)
    lock = load_lock(source.config.name, root)
    _require_released(chosen, lock, source.config.name)
    source.require()
    target.require()
    prove({item.key: lock.models[item.key] for item in chosen})
    images = {item.key: _checked(source, target, item, lock.models[item.key]) for item in chosen}
    entries = {}
    for item in chosen:
        reporter.step("promote", f"{item.key}: {source.config.name} -> {target.config.name}")
        entry = lock.models[item.key]
        artifact = entry.artifact if item.has_artifact else None
        if artifact is not None and copy:
            _copy_artifact(source, target, artifact, reporter)
        pin = same_prebuilt(target, item.container.prebuilt, entry.image) if item.container.prebuilt else entry.image
        if (image := images[item.key]) is not None:
            repository = target.repository(item.container.registry)
            pin = _copy_image(source, image, target, repository, reporter) if copy else ImagePin(repository=repository, digest=image.digest)
        entries[item.key] = ModelRelease(artifact=artifact, image=pin, model_package_arn=entry.model_package_arn)
    return record(target.config.name, root, entries, reporter)


def _require_released(chosen: list[Target], lock: ReleaseLock, environment: str) -> None:
    for item in chosen:
        entry = lock.models.get(item.key)
        if entry is None:
            raise InputError(f"{item.key} is not released in {environment}", fix=f"slipway release {environment} {item.model}")
        if item.has_artifact and entry.artifact is None:
            raise InputError(f"{item.key} has no model data in {environment}, but its container here reads some", fix="align the two files")
        if entry.artifact is not None and item.has_artifact and entry.artifact.key.endswith("/") != item.uncompressed:
            raise InputError(f"{item.key}: model_data differs between the environments", fix="align `model_data` in the two files")


def _checked(source: Account, target: Account, item: Target, entry: ModelRelease) -> Image | None:
    """The source's image, after everything that could be wrong in the source has been looked at. None outside ECR."""
    if entry.artifact is not None and item.has_artifact:
        require_artifact(source, entry.artifact)
    if item.outside_ecr or item.container.prebuilt is not None:
        return None
    image = find_image(source, entry.image.repository, entry.image.digest)
    require_runnable(source, image, required_architecture(target.config, item.model))
    return image


def _copy_artifact(source: Account, target: Account, pin: ArtifactPin, reporter: Reporter) -> None:
    """Bring the pinned bytes into the target's bucket unless they are there; verified either way."""
    try:
        if pin.key.endswith("/"):
            copy_prefix(source, pin, target, reporter)
            require_prefix(target, pin)
            return
        stored = describe(target.client("s3"), target.models_bucket, pin.key)
        if stored is not None:
            verify(target.client("s3"), target.models_bucket, pin.key, stored, sha256=pin.sha256, size=pin.size)
            reporter.info("promote", f"{pin.key}: there already, verified")
            return
        with tempfile.TemporaryDirectory(prefix="slipway-promote-") as scratch:
            path = Path(scratch) / "model.tar.gz"
            download(source.client("s3"), source.models_bucket, pin.key, path, sha256=pin.sha256)
            upload_file(target, pin.key, Archive(path, pin.sha256, pin.size), reporter=reporter)
    except ClientError as error:
        raise explain(error, f"cannot copy {pin.key}", target) from None
    except BotoCoreError as error:
        raise SlipwayError(f"copying {pin.key} was interrupted: {error}", fix="run the same command again") from None


def _copy_image(source: Account, image: Image, target: Account, repository: str, reporter: Reporter) -> ImagePin:
    copied = copy_image(source, image, target, repository, reporter)
    keep(target, copied)
    return copied.pin

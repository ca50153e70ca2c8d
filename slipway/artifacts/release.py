"""Release models: pack, upload, verify the image, and only then write `environments/<env>.lock.yaml`."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from slipway.artifacts.account import Account, explain
from slipway.artifacts.compile import compiled
from slipway.artifacts.inspect import inspect
from slipway.artifacts.objects import describe
from slipway.artifacts.pack import Archive, pack
from slipway.artifacts.pin_image import pin_image
from slipway.artifacts.prefix import require_prefix, upload_folder
from slipway.artifacts.targets import SOURCES, Target, find_source, targets
from slipway.artifacts.upload import upload
from slipway.config.release import ArtifactPin, ModelRelease, ReleaseLock, load_lock, save_lock
from slipway.errors import InputError, SlipwayError
from slipway.progress import Reporter, Silent


@dataclass(frozen=True)
class Released:
    """What a release or promotion did. `models`: the lock entries it set; `changed`: whether the lock file differs now."""

    models: dict[str, ModelRelease]
    changed: bool


def release(
    account: Account,
    root: Path,
    names: Sequence[str] = (),
    *,
    source: Path | None = None,
    image: str | None = None,
    reporter: Reporter | None = None,
) -> Released:
    """Release `names` (all models when empty) into the account's environment.

    `source`: a folder or archive for the one model named; by default `examples/<model>/model`, and where that is
    missing the released model data stays. `image`: a tag, a `sha256:` digest or a `docker save` archive; by default
    the released image stays. Whatever fails, the lock file is untouched. Run again, it changes nothing.
    """
    reporter = reporter or Silent()
    chosen = targets(account.config, names)
    _require_unambiguous(chosen, source, image)
    before = load_lock(account.config.name, root)
    with tempfile.TemporaryDirectory(prefix="slipway-release-") as scratch:
        work = [_Work(target, *_sources(root, target, source, Path(scratch), reporter)) for target in chosen]
        for item in work:
            _require_complete(item, before.models.get(item.target.key), image, root)
        account.require()
        entries = {item.target.key: _release_one(account, item, before, image, reporter) for item in work}
    return record(account.config.name, root, entries, reporter)


def record(environment: str, root: Path, entries: dict[str, ModelRelease], reporter: Reporter) -> Released:
    """Set `entries` in the lock file and leave its other entries as they are now."""
    lock = load_lock(environment, root)
    changed = save_lock(environment, root, lock.model_copy(update={"models": {**lock.models, **entries}}))
    reporter.info("release", f"environments/{environment}.lock.yaml: {'written' if changed else 'unchanged'}")
    return Released(entries, changed)


@dataclass(frozen=True)
class _Work:
    target: Target
    archive: Archive | None
    folder: Path | None


def _require_unambiguous(chosen: list[Target], source: Path | None, image: str | None) -> None:
    keys = ", ".join(target.key for target in chosen)
    if not chosen:
        raise InputError("there is no model to release", fix="add one to `models` of the environment")
    if source is not None and len(chosen) > 1:
        raise InputError(f"--source fits one model, not {keys}", fix="name the model, or `model/container` of a pipeline")
    if image is not None and len({target.container.image for target in chosen}) > 1:
        raise InputError(f"--image fits one repository; {keys} use several", fix="name the model, or `model/container` of a pipeline")


def _sources(root: Path, target: Target, named: Path | None, scratch: Path, reporter: Reporter) -> tuple[Archive | None, Path | None]:
    """The checked archive to upload, or the folder whose files go up one by one, or neither."""
    source = find_source(root, target, named)
    if source is None:
        return None, None
    if target.uncompressed:
        return None, source
    if source.is_dir():
        return pack(source, scratch / target.key / "model.tar.gz", reporter=reporter), None
    found = inspect(source)
    found.require_sound()
    return Archive(source, found.sha256, found.size), None


def _require_complete(item: _Work, before: ModelRelease | None, image: str | None, root: Path) -> None:
    """Refuse early what cannot become a whole entry."""
    target = item.target
    if image is None and before is None and target.container.prebuilt is None:
        raise InputError(f"{target.key} has no released image yet", fix="name one: --image TAG, sha256:DIGEST or a `docker save` archive")
    without = item.archive is None and item.folder is None and (before is None or before.artifact is None)
    if target.has_artifact and without:
        raise InputError(
            f"{target.key} has no model data: there is no {root / SOURCES.format(target.key)} and nothing was released before",
            fix="train the model first, or name a folder or archive: --source PATH",
        )


def _release_one(account: Account, item: _Work, before: ReleaseLock, image: str | None, reporter: Reporter) -> ModelRelease:
    earlier = before.models.get(item.target.key)
    artifact = _artifact(account, item, earlier, reporter)
    neo = getattr(item.target.container, "optimize", None)
    if neo is not None and artifact is not None and item.archive is not None:
        artifact = compiled(account, item.target.model, item.target.key, neo, artifact, reporter)
    made = ModelRelease(artifact=artifact, image=pin_image(account, item.target, earlier, image, reporter))
    same = earlier is not None and (earlier.artifact, earlier.image) == (made.artifact, made.image)
    return earlier if same and earlier is not None else made


def _artifact(account: Account, item: _Work, earlier: ModelRelease | None, reporter: Reporter) -> ArtifactPin | None:
    if item.archive is not None:
        return upload(account, item.target.key, item.archive, reporter=reporter).pin
    if item.folder is not None:
        return upload_folder(account, item.target.key, item.folder, reporter).pin
    if not item.target.has_artifact or earlier is None or earlier.artifact is None:
        return None
    require_artifact(account, earlier.artifact)
    return earlier.artifact


def require_artifact(account: Account, pin: ArtifactPin) -> None:
    """Raise SlipwayError unless what the lock pins is in the account's models bucket."""
    try:
        if pin.key.endswith("/"):
            require_prefix(account, pin)
            return
        stored = describe(account.client("s3"), account.models_bucket, pin.key)
    except ClientError as error:
        raise explain(error, f"cannot look at {pin.key}", account) from None
    if stored is None or stored.size != pin.size:
        found = "missing" if stored is None else f"{stored.size} bytes, not {pin.size}"
        raise SlipwayError(f"s3://{account.models_bucket}/{pin.key} is {found}", fix="release the model again from its source")

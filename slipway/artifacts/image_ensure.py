"""`slipway image ensure`: the image of what a container folder holds now, built and pushed only when ECR lacks it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from modules.registry.spec import BUILD_PREFIX
from slipway.artifacts.account import Account, explain
from slipway.artifacts.pack import IGNORED
from slipway.artifacts.pin_image import pin_image
from slipway.artifacts.prebuilt import require_own
from slipway.artifacts.release import Released, record
from slipway.artifacts.targets import Target, targets
from slipway.config.architecture import required_architecture
from slipway.config.release import ModelRelease, load_lock
from slipway.errors import InputError, SlipwayError
from slipway.progress import Reporter, Silent

Build = Callable[[Path, str], object]
"""Builds the image into an archive: its path, and the architecture (amd64 or arm64)."""


def ensure_image(account: Account, root: Path, name: str, content: str, build: Build, *, reporter: Reporter | None = None) -> Released:
    """Pin the image whose tag says `content` for the model `name`; `build` is called when the repository has none.

    Repeating it changes nothing. A model that was released from a model package keeps the package's image. Raises InputError for an
    unknown model, SlipwayError for what AWS refuses; the lock file is written last.
    """
    reporter = reporter or Silent()
    lock, tag = load_lock(account.config.name, root), f"{BUILD_PREFIX}{content[:12]}"
    account.require()
    entries = {}
    for target in targets(account.config, [name]):
        earlier = lock.models.get(target.key)
        if earlier is not None and earlier.model_package_arn is not None:
            reporter.info("image", f"{target.key} runs {earlier.model_package_arn}, which brings its own image")
            continue
        pin = pin_image(account, target, earlier, _image(account, root, target, tag, build, reporter), reporter, tag=tag)
        kept = earlier.model_copy(update={"image": pin}) if earlier is not None else ModelRelease(artifact=None, image=pin)
        entries[target.key] = kept
    return record(account.config.name, root, entries, reporter)


def _image(account: Account, root: Path, target: Target, tag: str, build: Build, reporter: Reporter) -> str:
    """The tag when the repository has it, else the archive that was built."""
    require_own(target)
    if target.outside_ecr:
        raise InputError(f"{target.key} pulls from a private Docker registry", fix="push it there, then `slipway release` with its digest")
    repository = account.repository(target.container.registry)
    if has_tag(account, repository, tag):
        reporter.info("image", f"{repository}:{tag} is there already")
        return tag
    archive = root / ".slipway" / "images" / f"{target.key.replace('/', '-')}-{tag}.tar"
    archive.parent.mkdir(parents=True, exist_ok=True)
    build(archive, required_architecture(account.config, target.model))
    return str(archive)


def has_tag(account: Account, repository: str, tag: str) -> bool:
    """Whether the repository holds an image with this tag. SlipwayError when it cannot be asked."""
    try:
        answer = account.client("ecr").batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except ClientError as error:
        raise explain(error, f"cannot look up {repository}:{tag}", account) from None
    except BotoCoreError as error:
        raise SlipwayError(f"cannot look up {repository}:{tag}: {error}", fix="try again") from None
    return bool(answer["images"])


def content_of(folder: Path, *more: Path, kind: str = "") -> str:
    """SHA-256 over names and bytes of the files of a container folder, and over further files: the same content, the same image.

    `kind` tells images apart that are made of the same files in another way.
    """
    found = hashlib.sha256(kind.encode())
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for name, path in sorted(files.items()):
        if not IGNORED.intersection(Path(name).parts) and not name.endswith(".pyc"):
            _add(found, name, path)
    for path in more:
        _add(found, path.name, path)
    return found.hexdigest()


def _add(found: hashlib._Hash, name: str, path: Path) -> None:
    mode = "x" if path.stat().st_mode & 0o100 else "-"
    found.update(f"{name}\0{mode}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())

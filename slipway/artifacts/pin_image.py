"""Which image a release runs: found in ECR or pushed from an archive, checked, and pinned by digest."""

from __future__ import annotations

import re
from pathlib import Path

from modules.registry.spec import BUILD_PREFIX
from slipway.artifacts.account import Account
from slipway.artifacts.image import find_image, keep, require_for_engine, require_runnable
from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.image_push import push
from slipway.artifacts.prebuilt import pin_prebuilt
from slipway.artifacts.targets import Target
from slipway.config.architecture import required_architecture
from slipway.config.release import ImagePin, ModelRelease
from slipway.errors import InputError
from slipway.progress import Reporter

_PINNED = re.compile(r"(?P<repository>[^@]+)@(?P<digest>sha256:[0-9a-f]{64})")


def pin_image(
    account: Account, target: Target, earlier: ModelRelease | None, named: str | None, reporter: Reporter, *, tag: str | None = None
) -> ImagePin:
    """The image that `target` will run, checked and kept from expiring.

    `named`: a tag, a `sha256:` digest or a `docker save` archive, which is pushed first under `tag` (default `build-` and twelve
    digits of its digest); None: the image of the `earlier` release. Raises SlipwayError for what SageMaker cannot run.
    """
    if target.container.prebuilt is not None:
        return pin_prebuilt(account, target.container.prebuilt, target.key, named, reporter)
    if target.outside_ecr:
        return _private_image(target, earlier, named)
    if named is None and earlier is not None:
        repository, reference = earlier.image.repository, earlier.image.digest
    else:
        repository = account.repository(target.container.registry)
        reference = pushed(account, repository, named or "", tag, reporter)
    found = find_image(account, repository, reference)
    require_runnable(account, found, required_architecture(account.config, target.model))
    keep(account, found)
    reporter.info("image", f"{found.repository}@{found.digest}: linux, tagged {found.release_tag}")
    return found.pin


def pushed(account: Account, repository: str, named: str, tag: str | None, reporter: Reporter) -> str:
    """The tag or digest itself; an archive is pushed first and becomes its digest."""
    if not Path(named).is_file():
        if "/" in named or named.endswith((".tar", ".tar.gz", ".tgz")):
            raise InputError(f"--image {named}: no such file", fix="name a `docker save` archive, a tag or a sha256:... digest")
        return named
    reporter.step("image", f"{named} -> {repository}")
    with open_image_archive(Path(named)) as saved:
        require_for_engine(account, saved.config, named)
        tag = tag or BUILD_PREFIX + saved.digest.removeprefix("sha256:")[:12]
        return push(account, repository, saved.manifest, saved.blobs, tag=tag, reporter=reporter).digest


def _private_image(target: Target, earlier: ModelRelease | None, named: str | None) -> ImagePin:
    """An image outside ECR cannot be looked at from here, so it is taken by digest only."""
    if named is None and earlier is not None:
        return earlier.image
    match = _PINNED.fullmatch(named or "")
    if match is None:
        raise InputError(f"{target.key} pulls from a private Docker registry", fix="name the image as REGISTRY/REPOSITORY@sha256:DIGEST")
    return ImagePin(repository=match["repository"], digest=match["digest"])

"""Release exactly what one approved model package of the registry names: its model data and its image, byte for byte."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.artifacts.account import Account, explain
from slipway.artifacts.image import find_image, keep, require_runnable
from slipway.artifacts.inspect import inspect
from slipway.artifacts.pack import Archive
from slipway.artifacts.release import Released, record
from slipway.artifacts.targets import Target, targets
from slipway.artifacts.upload import upload
from slipway.config.architecture import required_architecture
from slipway.config.release import ImagePin, ModelRelease
from slipway.errors import InputError, SlipwayError
from slipway.progress import Reporter, Silent

_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):model-package/[A-Za-z0-9-]+(/\d+)?")
_IMAGE = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)")


def release_package(account: Account, root: Path, model: str, arn: str, *, reporter: Reporter | None = None) -> Released:
    """Release `model` from the package `arn`: data copied content-addressed into the models bucket, image pinned by digest.

    The lock entry also gets `model_package_arn`. A model with several containers takes the package's in their order. SlipwayError
    when the package is not approved, not complete, or names what is not there; the lock file is then untouched.
    """
    reporter = reporter or Silent()
    if not _ARN.fullmatch(arn):
        raise InputError(f"--package {arn}: not the ARN of a model package", fix="`slipway models ENV` lists them")
    chosen = targets(account.config, [model])
    account.require()
    containers = _containers(account, arn)
    _require_fit(chosen, containers, arn)
    entries = {}
    for target, container in zip(chosen, containers, strict=True):
        reporter.step("release", f"{target.key}: {arn.rpartition('model-package/')[2]}")
        image = _image(account, target, container, reporter)
        artifact = _artifact(account, target, container, reporter) if target.has_artifact else None
        entries[target.key] = ModelRelease(artifact=artifact, image=image, model_package_arn=arn)
    return record(account.config.name, root, entries, reporter)


def _containers(account: Account, arn: str) -> list[dict[str, Any]]:
    """The containers of an approved, complete package."""
    try:
        package = account.client("sagemaker").describe_model_package(ModelPackageName=arn)
    except ClientError as error:
        raise explain(error, f"cannot read {arn}", account) from None
    if (approval := package.get("ModelApprovalStatus")) != "Approved":
        fix = f"slipway models {account.config.name} approve {arn}"
        raise SlipwayError(f"{arn} is {approval or 'without approval'}: only an approved package is released", fix=fix)
    if (status := package.get("ModelPackageStatus")) != "Completed":
        raise SlipwayError(f"{arn} is {status}, not Completed", fix="wait for it, or register the model again")
    found: list[dict[str, Any]] = package.get("InferenceSpecification", {}).get("Containers", [])
    return found


def _require_fit(chosen: Sequence[Target], containers: Sequence[dict[str, Any]], arn: str) -> None:
    if len(chosen) != len(containers):
        raise InputError(f"{arn} has {len(containers)} containers, the model {len(chosen)}", fix="name the model that the package is of")
    if odd := next((target for target in chosen if target.uncompressed), None):
        raise InputError(f"{odd.key} takes uncompressed model data, a package names an archive", fix="set model_data: compressed")


def _image(account: Account, target: Target, container: dict[str, Any], reporter: Reporter) -> ImagePin:
    named = container.get("Image", "")
    match = _IMAGE.match(named)
    if match is None or (match["account"], match["region"]) != (account.config.account_id, account.config.region):
        where = f"account {account.config.account_id}, {account.config.region}"
        raise SlipwayError(
            f"the package's image {named} is not in the registry of {where}", fix="release where it was trained, then promote"
        )
    digest = container.get("ImageDigest") or named.partition("@")[2]
    found = find_image(account, match["repository"], digest or named.rpartition(":")[2])
    require_runnable(account, found, required_architecture(account.config, target.model))
    keep(account, found)
    reporter.info("image", f"{found.repository}@{found.digest}: tagged {found.release_tag}")
    return found.pin


def _artifact(account: Account, target: Target, container: dict[str, Any], reporter: Reporter) -> Any:
    uri = container.get("ModelDataUrl") or container.get("ModelDataSource", {}).get("S3DataSource", {}).get("S3Uri", "")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not key or key.endswith("/"):
        raise SlipwayError(f"the package has no model archive for {target.key} ({uri or 'none'})", fix="register it with ModelDataUrl")
    with tempfile.TemporaryDirectory(prefix="slipway-package-") as scratch:
        path = Path(scratch) / "model.tar.gz"
        try:
            account.client("s3").download_file(bucket, key, str(path))
        except ClientError as error:
            raise explain(error, f"cannot read {uri}", account) from None
        except BotoCoreError as error:
            raise SlipwayError(f"reading {uri} was interrupted: {error}", fix="run the same command again") from None
        found = inspect(path)
        found.require_sound()
        return upload(account, target.key, Archive(path, found.sha256, found.size), reporter=reporter).pin

"""The model registry of an environment: packages of each model, what is released, what is deployed where; approving and rejecting."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from modules.training.spec import package_group_name
from slipway.artifacts.account import Account, error_code, explain
from slipway.config.release import ModelRelease, load_lock
from slipway.errors import InputError, SlipwayError
from slipway.training.deployed import Deployed, deployed_variants

_ABSENT = ("ValidationException", "ResourceNotFound", "ResourceNotFoundException")
_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:\d{12}:model-package/[A-Za-z0-9-]+/\d+")
NEWEST = 10
"""Packages of each model that are looked at unless somebody asks for more: each is a call, and its report another."""
_REPORT_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Package:
    """One version. `metrics`: the numbers of its evaluation report, by their path; empty when it has none that can be read."""

    arn: str
    version: int
    status: str
    approval: str
    created: datetime
    description: str = ""
    comment: str = ""
    image: str = ""
    model_data: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelVersions:
    """A model of the environment: `group` is its model package group, empty when there is none; packages newest first."""

    model: str
    group: str
    packages: tuple[Package, ...]
    release: ModelRelease | None
    deployed: tuple[Deployed, ...]


def model_versions(account: Account, root: Path, newest: int = NEWEST) -> list[ModelVersions]:
    """Every model of the environment, by its key, with its `newest` packages."""
    config, lock = account.config, load_lock(account.config.name, root)
    where = deployed_variants(account)
    keys = sorted({*config.models, *(config.training.model_keys() if config.training else ())})
    found = []
    for key in keys:
        packages = _packages(account, package_group_name(account.naming, key), newest)
        release = next((item for name, item in lock.models.items() if name.partition("/")[0] == key), None)
        group = package_group_name(account.naming, key) if packages is not None else ""
        found.append(ModelVersions(key, group, tuple(packages or ()), release, tuple(item for item in where if item.model == key)))
    return found


def decide(account: Account, named: str, approval: str, comment: str) -> Package:
    """Set a package's approval status to Approved or Rejected. SlipwayError when there is no such package, or it is not Completed."""
    arn = package_arn(account, named)
    package = _package(account, arn)
    if package.status != "Completed":
        raise SlipwayError(f"{arn} is {package.status}", fix="approve a package that is Completed")
    given = {"ApprovalDescription": comment} if comment else {}
    client = account.client("sagemaker")
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=approval, **given)
    return _package(account, arn)


def package_arn(account: Account, named: str) -> str:
    """ARN of a package by its ARN or as MODEL/VERSION. InputError for anything else, and for another account's."""
    if _ARN.fullmatch(named):
        if named.split(":")[4] != account.config.account_id or named.split(":")[3] != account.config.region:
            raise InputError(f"{named} is not of {account.config.name}", fix=f"packages there: slipway models {account.config.name}")
        return named
    model, slash, version = named.rpartition("/")
    if not slash or not version.isdigit():
        raise InputError(f"{named} names no package", fix="write MODEL/VERSION such as wine/3, or the package's ARN")
    known = [*account.config.models, *(account.config.training.model_keys() if account.config.training else ())]
    if model not in known:
        raise InputError(f"{account.config.name} has no model {model!r}", fix=f"models there: {', '.join(sorted(set(known))) or 'none'}")
    return account.naming.arn("sagemaker", f"model-package/{package_group_name(account.naming, model)}/{version}")


def _packages(account: Account, group: str, newest: int) -> list[Package] | None:
    """The newest versions of a group, newest first; None when there is no such group."""
    from botocore.exceptions import ClientError

    client = account.client("sagemaker")
    try:
        client.describe_model_package_group(ModelPackageGroupName=group)
    except ClientError as error:
        if error_code(error) in _ABSENT:
            return None
        raise explain(error, f"cannot describe model package group {group}", account) from None
    pages = client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending", PaginationConfig={"MaxItems": newest}
    )
    arns = [item["ModelPackageArn"] for page in pages for item in page["ModelPackageSummaryList"]]
    return sorted((_package(account, arn) for arn in arns), key=lambda package: -package.version)


def _package(account: Account, arn: str) -> Package:
    from botocore.exceptions import ClientError

    try:
        found = account.client("sagemaker").describe_model_package(ModelPackageName=arn)
    except ClientError as error:
        if error_code(error) not in _ABSENT:
            raise explain(error, f"cannot describe {arn}", account) from None
        raise InputError(f"there is no model package {arn}", fix=f"packages there: slipway models {account.config.name}") from None
    container: dict[str, Any] = next(iter(found.get("InferenceSpecification", {}).get("Containers", [])), {})
    return Package(
        arn=arn,
        version=found["ModelPackageVersion"],
        status=found["ModelPackageStatus"],
        approval=found.get("ModelApprovalStatus", ""),
        created=found["CreationTime"],
        description=found.get("ModelPackageDescription", ""),
        comment=found.get("ApprovalDescription", ""),
        image=container.get("Image", ""),
        model_data=container.get("ModelDataUrl", ""),
        metrics=_metrics(account, found.get("ModelMetrics", {})),
        metadata=found.get("CustomerMetadataProperties", {}),
    )


def _metrics(account: Account, given: dict[str, Any]) -> dict[str, float]:
    """The numbers of the report in S3. A report that cannot be read is no error: the registry outlives the bucket's objects."""
    from botocore.exceptions import ClientError

    uri = given.get("ModelQuality", {}).get("Statistics", {}).get("S3Uri", "")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not key:
        return {}
    try:
        body = account.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read(_REPORT_BYTES)
        return dict(numbers(json.loads(body)))
    except (ClientError, ValueError):
        return {}


def numbers(document: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a report by its path; `x.value` is called `x`, as the registry's own page does."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from numbers(value, path if name == "value" and path else f"{path}.{name}".lstrip("."))
    elif isinstance(document, int | float) and not isinstance(document, bool):
        yield path, float(document)

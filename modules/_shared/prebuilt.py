"""Images that AWS keeps for SageMaker: which there are, and where, by the table in `prebuilt_images.json` (see its `source`)."""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from modules._shared.spec import Spec

Scope = Literal["inference", "training"]
_TABLE = Path(__file__).with_name("prebuilt_images.json")


class PrebuiltImage(Spec):
    """An image of AWS's own registry in the environment's region, pinned by its digest when it is released."""

    framework: str = Field(min_length=1, max_length=64, description="Such as pytorch, tensorflow, sklearn, xgboost.")
    version: str = Field(min_length=1, max_length=64, description='Version of the framework, such as "2.6" or "2.6.0".')
    python: str | None = Field(
        None, pattern=r"^py[0-9]+$", description="Python in the image, such as py312. Default: the only one that the version has."
    )
    accelerator: Literal["cpu", "gpu", "arm64"] = Field("cpu", description="Processor that the image is made for; arm64: Graviton.")


@dataclass(frozen=True)
class Located:
    """Where an image lies: registry account, repository and tag."""

    account_id: str
    region: str
    repository: str
    tag: str

    @property
    def registry(self) -> str:
        """The registry's host name."""
        return f"{self.account_id}.dkr.ecr.{self.region}.{'amazonaws.com.cn' if self.region.startswith('cn-') else 'amazonaws.com'}"

    @property
    def repository_arn(self) -> str:
        """ARN of the repository."""
        partition = "aws-cn" if self.region.startswith("cn-") else "aws-us-gov" if self.region.startswith("us-gov-") else "aws"
        return f"arn:{partition}:ecr:{self.region}:{self.account_id}:repository/{self.repository}"


def locate(image: PrebuiltImage, scope: Scope, region: str) -> Located:
    """The image in a region. ValueError with the nearest choices when AWS has none."""
    frameworks = table()["frameworks"]
    scopes = _choose("framework", image.framework, frameworks)
    if scope not in scopes:
        raise ValueError(f"{image.framework} has no image for {scope}; it has one for {', '.join(sorted(scopes))}")
    versions = scopes[scope]["versions"]
    full = scopes[scope]["aliases"].get(image.version, image.version)
    pythons = _choose(f"version of {image.framework} for {scope}", full, versions)
    repository, tag, number = _row(image, full, pythons)
    accounts = table()["registries"][number]
    if region not in accounts:
        raise ValueError(f"AWS keeps no {image.framework} {full} in {region}; near there: {', '.join(_near_regions(region, accounts))}")
    return Located(accounts[region], region, repository, tag)


@functools.cache
def table() -> dict[str, Any]:
    """The whole table."""
    found: dict[str, Any] = json.loads(_TABLE.read_text(encoding="utf-8"))
    return found


def _choose(what: str, wanted: str, there: dict[str, Any]) -> Any:
    if wanted in there:
        return there[wanted]
    raise ValueError(f"no {what} {wanted!r}; nearest: {', '.join(_near(wanted, there))}")


def _row(image: PrebuiltImage, version: str, pythons: dict[str, dict[str, Any]]) -> Any:
    """Repository, tag and number of the registries of the image for the accelerator and the Python."""
    rows = {python: there[image.accelerator] for python, there in pythons.items() if image.accelerator in there}
    name = f"{image.framework} {version}"
    if not rows:
        known = sorted({accelerator for there in pythons.values() for accelerator in there})
        raise ValueError(f"{name} has no image for {image.accelerator}; it has {', '.join(known)}")
    if image.python is None and len(rows) == 1:
        return next(iter(rows.values()))
    named = ", ".join(sorted(filter(None, rows)))
    if image.python is None:
        raise ValueError(f"{name} has images with {named}: say which as python")
    if image.python not in rows:
        raise ValueError(f"{name} has no image with {image.python}; {f'it has {named}' if named else 'leave python out'}")
    return rows[image.python]


def _near(wanted: str, there: Iterable[str]) -> list[str]:
    """The most similar names, else the last ones, which are the newest versions."""
    names = list(there)
    return difflib.get_close_matches(wanted, names, 3, 0.5) or names[-3:]


def _near_regions(region: str, accounts: Iterable[str]) -> list[str]:
    same = [name for name in sorted(accounts) if name.partition("-")[0] == region.partition("-")[0]]
    return (same or sorted(accounts))[:4]

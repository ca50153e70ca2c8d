"""Options of the `registry` module."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from modules._shared.fields import PrincipalArn
from modules._shared.naming import Naming
from modules._shared.spec import Spec

RELEASE_PREFIX = "release-"
"""Tag prefix that `slipway release` puts on an image; the lifecycle never expires such an image."""
BUILD_PREFIX = "build-"
"""Tag prefix of images that were built and not released."""


class RegistrySpec(Spec):
    """One image repository: immutable tags, scanned on push, encrypted with a customer managed key."""

    repository: str | None = Field(
        None,
        min_length=2,
        max_length=256,
        pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$",
        description="Name of the repository; by default project-environment-name.",
    )
    force_delete: bool = Field(False, description="Let a destroy delete the repository together with its images.")
    build_images_kept: int = Field(50, ge=1, le=1000, description="Images tagged `build-...` that stay; older ones expire unless released.")
    untagged_expiration_days: int = Field(14, ge=1, le=3650, description="Days after its push when an untagged image expires.")
    pull_principals: Annotated[tuple[PrincipalArn, ...], Field(strict=False)] = Field(
        (), description="ARNs of accounts (root), roles or users, also of other accounts, that may pull."
    )

    def repository_name(self, naming: Naming, name: str) -> str:
        """The repository's name in this environment (ECR: at most 256 characters)."""
        return self.repository or naming.name(name, max_length=256)

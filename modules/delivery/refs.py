"""What the pipeline is told about environments, repositories and keys. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class EnvironmentRefs:
    """What the pipeline needs of one delivered environment, all literal: it may live in another account."""

    account_id: str
    region: str
    deploy_role_arn: str
    read_only_role_arn: str
    production: bool


@dataclass(frozen=True)
class DeliveryRefs:
    """What others provide.

    `environments`: one entry for each delivered environment. `kms_key_arn` encrypts artifacts and builds, `logs_kms_key_arn` the log
    group. `repository_name`: ECR repository of the image, when one is built. `package_groups`: model -> name of the model package
    group whose approved versions are released. `ephemeral_region`: where environments of branches live.
    """

    environments: Mapping[str, EnvironmentRefs]
    kms_key_arn: str
    logs_kms_key_arn: str
    access_logs_bucket: str | None = None
    repository_name: str | None = None
    package_groups: Mapping[str, str] = field(default_factory=dict)

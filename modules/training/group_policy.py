"""Who may do what with a model package group, besides what IAM says. Pure: loads no toolkit."""

from __future__ import annotations

from modules._shared.key_policy import account_root
from modules._shared.naming import Naming
from modules._shared.statements import Statement
from modules.training.spec import PackageGroupSpec, package_group_name

_READ_PACKAGES = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
"""Listing counts as an action on packages (Service Authorization Reference), though it names their group."""


def group_statements(naming: Naming, model: str, spec: PackageGroupSpec) -> list[Statement]:
    """The account and the readers may look; only the approvers, where there are some, may change an approval."""
    name = package_group_name(naming, model).lower()
    group, packages = naming.arn("sagemaker", f"model-package-group/{name}"), naming.arn("sagemaker", f"model-package/{name}/*")
    readers = {"AWS": sorted({account_root(naming), *spec.readers})}
    found: list[Statement] = [
        {"Sid": "ReadGroup", "Effect": "Allow", "Principal": readers, "Action": "sagemaker:DescribeModelPackageGroup", "Resource": group},
        {"Sid": "ReadPackages", "Effect": "Allow", "Principal": readers, "Action": _READ_PACKAGES, "Resource": packages},
    ]
    if spec.approvers:
        found.append(
            {
                "Sid": "OnlyApprovers",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sagemaker:UpdateModelPackage",
                "Resource": packages,
                "Condition": {"ArnNotEquals": {"aws:PrincipalArn": sorted(spec.approvers)}},
            }
        )
    return found

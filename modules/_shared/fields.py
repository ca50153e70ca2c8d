"""Option types that several modules share: names and ARNs as AWS spells them, and periods."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

ACCOUNT_ID = r"[0-9]{12}"
_ARN = r"arn:aws(-cn|-us-gov)?"


def _no_reserved_bucket_name(value: str) -> str:
    """S3 naming rules that a pattern alone does not show."""
    if ".." in value or value.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or value.endswith(("-s3alias", "--ol-s3", "--x-s3")):
        raise ValueError("not a bucket name S3 accepts (two dots in a row, or a reserved prefix or suffix)")
    return value


BucketName = Annotated[
    str,
    Field(min_length=3, max_length=63, pattern=r"^[a-z0-9][a-z0-9.-]*[a-z0-9]$"),
    AfterValidator(_no_reserved_bucket_name),
]
"""3-63 lower-case letters, digits, dots and hyphens (S3 bucket naming rules)."""

RoleArn = Annotated[str, Field(pattern=rf"^{_ARN}:iam::{ACCOUNT_ID}:role/[A-Za-z0-9_+=,.@/-]+$")]
"""The ARN of one IAM role."""

PolicyArn = Annotated[str, Field(pattern=rf"^{_ARN}:iam::({ACCOUNT_ID}|aws):policy/[A-Za-z0-9_+=,.@/-]+$")]
"""The ARN of one managed policy."""

PrincipalArn = Annotated[str, Field(pattern=rf"^{_ARN}:iam::{ACCOUNT_ID}:(root|(role|user)/[A-Za-z0-9_+=,.@/-]+)$")]
"""The ARN of an account's root, a role or a user; never `*`."""

KeyDeletionWindow = Annotated[int, Field(ge=7, le=30)]
"""Days between scheduling a KMS key's deletion and losing it for good (KMS: 7-30)."""

LogRetention = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]  # fmt: skip
"""Days a log group keeps its events (API: PutRetentionPolicy)."""

"""Options of the `state_backend` module."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from modules._shared.fields import BucketName, KeyDeletionWindow
from modules._shared.naming import Naming
from modules._shared.spec import Spec


class StateBackendSpec(Spec):
    """Where an environment's Terraform state lives and how a run locks it."""

    bucket: BucketName | None = Field(None, description="Name of the state bucket; by default project-environment-tfstate-account.")
    table: str | None = Field(
        None,
        min_length=3,
        max_length=255,
        pattern=r"^[A-Za-z0-9_.-]+$",
        description="Name of the DynamoDB lock table; by default project-environment-tflock.",
    )
    lock: Literal["both", "dynamodb", "s3"] = Field(
        "both",
        description="What a run locks with: an S3 lock file, the DynamoDB table (which also notices a deleted or emptied state), or both.",
    )
    deletion_protection: bool = Field(
        True,
        description="Refuse any plan that destroys the bucket, the key or the table. Off: a destroy removes them and all state in them.",
    )
    noncurrent_version_expiration_days: int = Field(
        365, ge=90, le=3650, description="Days an earlier version of a state stays restorable (at least 90)."
    )
    abort_incomplete_multipart_upload_days: int = Field(
        7, ge=1, le=30, description="Days after which the parts of an unfinished upload are removed."
    )
    kms_deletion_window_in_days: KeyDeletionWindow = Field(
        30, description="Days between scheduling the state key's deletion and losing it, and every state, for good (7-30)."
    )
    kms_rotation_period_in_days: int = Field(
        365, ge=90, le=2560, description="Days between automatic rotations of the key material (90-2560)."
    )
    access_logs_bucket: BucketName | None = Field(
        None, description="Existing bucket that receives the state bucket's access logs; its policy must let S3 deliver. By default none."
    )

    def bucket_name(self, naming: Naming) -> str:
        """The bucket's name in this environment."""
        return self.bucket or naming.bucket("tfstate")

    def table_name(self, naming: Naming) -> str | None:
        """The lock table's name, or None when `lock` is `s3`."""
        if self.lock == "s3":
            return None
        return self.table or naming.name("tflock", max_length=255)

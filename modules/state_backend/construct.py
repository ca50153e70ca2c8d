"""State bucket, lock table and key of an environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.hardened_bucket import BucketSettings, HardenedBucket, Retention, hardened_bucket
from modules._shared.key_policy import administration, document, grants_through, use_through
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws, cdktf
from modules.state_backend.backend import key_alias
from modules.state_backend.spec import StateBackendSpec


@dataclass(frozen=True)
class StateBackendOutputs:
    """Where the environment's state is."""

    bucket: str = output("Name of the state bucket.")
    bucket_arn: str = output("ARN of the state bucket.")
    kms_key_arn: str = output("ARN of the key that encrypts states and locks.")
    kms_key_alias: str = output("Alias of that key, with its `alias/` prefix.")
    table: str | None = output("Name of the lock table; absent when `lock` is `s3`.")
    table_arn: str | None = output("ARN of the lock table; absent when `lock` is `s3`.")


class StateBackend(Construct):
    """Everything the S3 backend of an environment's stacks needs, and that others must not be able to lose."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: StateBackendSpec) -> None:
        super().__init__(scope, id)
        self._naming = naming
        self._spec = spec
        self._key = self._create_key()
        alias = self._create_alias()
        bucket = self._create_bucket()
        table = self._create_table()
        self.outputs = StateBackendOutputs(
            bucket=bucket.policy.bucket,
            bucket_arn=bucket.bucket.arn,
            kms_key_arn=self._key.arn,
            kms_key_alias=alias.name,
            table=table.name if table is not None else None,
            table_arn=table.arn if table is not None else None,
        )

    def _create_key(self) -> Any:
        return aws.kms_key.KmsKey(
            self,
            "key",
            description=f"Terraform state and locks of {self._naming.name()}",
            policy=document(
                [
                    administration(self._naming),
                    use_through(self._naming, "s3", "dynamodb"),
                    grants_through(self._naming, "dynamodb"),
                ]
            ),
            enable_key_rotation=True,
            rotation_period_in_days=self._spec.kms_rotation_period_in_days,
            deletion_window_in_days=self._spec.kms_deletion_window_in_days,
            lifecycle=self._protection(),
        )

    def _create_alias(self) -> Any:
        return aws.kms_alias.KmsAlias(self, "alias", name=key_alias(self._naming), target_key_id=self._key.key_id)

    def _create_bucket(self) -> HardenedBucket:
        spec = self._spec
        settings = BucketSettings(
            name=spec.bucket_name(self._naming),
            kms_key_arn=self._key.arn,
            retention=Retention(
                noncurrent_days=spec.noncurrent_version_expiration_days, abort_days=spec.abort_incomplete_multipart_upload_days
            ),
            force_destroy=not spec.deletion_protection,
            prevent_destroy=spec.deletion_protection,
            access_logs_bucket=spec.access_logs_bucket,
        )
        return hardened_bucket(self, self._naming, settings)

    def _create_table(self) -> Any:
        name = self._spec.table_name(self._naming)
        if name is None:
            return None
        return aws.dynamodb_table.DynamodbTable(
            self,
            "table",
            name=name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="LockID",
            attribute=[{"name": "LockID", "type": "S"}],
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": self._key.arn},
            deletion_protection_enabled=self._spec.deletion_protection,
            lifecycle=self._protection(),
        )

    def _protection(self) -> Any:
        return cdktf.TerraformResourceLifecycle(prevent_destroy=True) if self._spec.deletion_protection else None

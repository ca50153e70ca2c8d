"""Options of the `storage` module: one hardened bucket for each purpose."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from modules._shared.fields import BucketName
from modules._shared.naming import Naming
from modules._shared.spec import Spec

Purpose = Literal["models", "data_capture", "async_output", "training", "access_logs"]


class BucketSpec(Spec):
    """What every bucket offers. Use the class of the purpose; this one is their common part."""

    purpose: Purpose = Field(description="What the bucket holds; fixed by its place in `storage`.")
    bucket: BucketName | None = Field(None, description="Name of the bucket; by default project-environment-purpose-account.")
    force_destroy: bool = Field(False, description="Let a destroy delete the bucket together with every object and version in it.")
    noncurrent_version_expiration_days: int = Field(
        90, ge=1, le=3650, description="Days an overwritten or deleted object version is kept before it is gone for good."
    )
    noncurrent_versions_kept: int | None = Field(
        None, ge=1, le=100, description="Newest noncurrent versions that stay whatever their age (S3: 1-100)."
    )
    transition_to_ia_days: int | None = Field(
        None, ge=30, le=3650, description="Days until current objects move to STANDARD_IA (S3: at least 30); by default never."
    )
    abort_incomplete_multipart_upload_days: int = Field(
        7, ge=1, le=30, description="Days after which the parts of an unfinished upload are removed."
    )

    def bucket_name(self, naming: Naming) -> str:
        """The bucket's name in this environment."""
        return self.bucket or naming.bucket(self.purpose.replace("_", "-"))


class ModelsBucketSpec(BucketSpec):
    """Model artifacts, at `models/<name>/<sha256>/...`. A current version never expires: a release points at it."""

    purpose: Literal["models"] = Field("models", description="Fixed.")
    noncurrent_version_expiration_days: int = Field(365, ge=1, le=3650, description="Days a deleted model file can still be brought back.")
    event_bridge: bool = Field(False, description="Send the bucket's events to Amazon EventBridge.")

    @model_validator(mode="before")
    @classmethod
    def _never_expires(cls, data: Any) -> Any:
        if isinstance(data, dict) and "expiration_days" in data:
            raise ValueError(
                "the models bucket takes no expiration_days: a release lock may point at any artifact in it; "
                "noncurrent_version_expiration_days removes deleted ones"
            )
        return data


class ExpiringBucketSpec(BucketSpec):
    """A bucket whose current objects may expire."""

    expiration_days: int | None = Field(None, ge=1, le=3650, description="Days until a current object expires; by default never.")

    @model_validator(mode="after")
    def _expires_after_transition(self) -> ExpiringBucketSpec:
        last, first = self.expiration_days, self.transition_to_ia_days
        if last is not None and first is not None and last <= first:
            raise ValueError(f"expiration_days ({last}) must be greater than transition_to_ia_days ({first})")
        return self


class DataCaptureBucketSpec(ExpiringBucketSpec):
    """Requests and responses that endpoints capture."""

    purpose: Literal["data_capture"] = Field("data_capture", description="Fixed.")
    event_bridge: bool = Field(False, description="Send the bucket's events to Amazon EventBridge.")


class AsyncOutputBucketSpec(ExpiringBucketSpec):
    """Inputs and results of asynchronous inference."""

    purpose: Literal["async_output"] = Field("async_output", description="Fixed.")
    event_bridge: bool = Field(False, description="Send the bucket's events to Amazon EventBridge.")


class TrainingBucketSpec(ExpiringBucketSpec):
    """Sources, data and results of training pipelines. Made by the training stack, and only where there is one."""

    purpose: Literal["training"] = Field("training", description="Fixed.")
    event_bridge: bool = Field(
        True, description="Send the bucket's events to Amazon EventBridge: arrivals of data start pipelines by them."
    )


class AccessLogsBucketSpec(ExpiringBucketSpec):
    """S3 server access logs of the other buckets. SSE-S3: log delivery cannot write with a customer managed key."""

    purpose: Literal["access_logs"] = Field("access_logs", description="Fixed.")


class StorageSpec(Spec):
    """The buckets of an environment."""

    models: ModelsBucketSpec = Field(ModelsBucketSpec(), description="Model artifacts.")
    data_capture: DataCaptureBucketSpec = Field(DataCaptureBucketSpec(), description="Captured requests and responses.")
    async_output: AsyncOutputBucketSpec = Field(AsyncOutputBucketSpec(), description="Asynchronous inference.")
    training: TrainingBucketSpec = Field(TrainingBucketSpec(), description="Training pipelines; only with `training`.")
    access_logs: AccessLogsBucketSpec = Field(AccessLogsBucketSpec(), description="Access logs of the buckets above.")

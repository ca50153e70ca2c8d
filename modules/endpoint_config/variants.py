"""Options of production and shadow variants (API: ProductionVariant)."""

from __future__ import annotations

import struct
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from modules._shared.spec import Spec

_NAME = r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$"
_S3_URI = r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s$%]*)?$"

InferenceAmiVersion = Literal[
    "al2-ami-sagemaker-inference-gpu-2",
    "al2-ami-sagemaker-inference-gpu-2-1",
    "al2-ami-sagemaker-inference-gpu-3-1",
    "al2-ami-sagemaker-inference-neuron-2",
]


def _exact_in_float32(weight: float) -> float:
    try:
        (stored,) = struct.unpack("<f", struct.pack("<f", weight))
    except OverflowError:
        raise ValueError(f"{weight} is too large for the 32-bit float SageMaker keeps weights in") from None
    if stored != weight:
        raise ValueError(
            f"{weight} is not exact in the 32-bit float SageMaker keeps weights in (it answers {stored}, so every plan would "
            "want a replacement); only ratios count: use whole numbers such as 9 and 1, or 0.5 and 0.25"
        )
    return weight


Weight = Annotated[float, Field(ge=0), AfterValidator(_exact_in_float32)]


class ManagedInstanceScaling(Spec):
    """Scaling done by SageMaker itself, for inference components. Excludes an `autoscaling` entry for the variant."""

    status: Literal["ENABLED", "DISABLED"] = Field("ENABLED", description="Whether SageMaker scales the instances.")
    min_instance_count: int = Field(1, ge=0, le=1000, description="Instances kept at least.")
    max_instance_count: int = Field(1, ge=1, le=1000, description="Instances at most.")

    @model_validator(mode="after")
    def _min_below_max(self) -> ManagedInstanceScaling:
        if self.min_instance_count > self.max_instance_count:
            raise ValueError(f"min_instance_count {self.min_instance_count} is above max_instance_count {self.max_instance_count}")
        return self


class CoreDumpConfig(Spec):
    """Where a crashed container's core dump goes; encrypted with the storage key."""

    destination_s3_uri: str = Field(pattern=_S3_URI, max_length=512, description="S3 prefix for core dumps, s3://bucket/prefix.")


class Variant(Spec):
    """What every variant has."""

    variant_name: str = Field(pattern=_NAME, description="Name of the variant, unique in the endpoint.")
    model: str = Field(min_length=1, description="Key of `models`.")
    initial_variant_weight: Weight = Field(
        1.0, description="Share of the traffic relative to the other variants' weights. Must be exact in a 32-bit float."
    )


class InstanceVariant(Variant):
    """A variant on instances."""

    instance_type: str = Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9-]+$", description="SageMaker hosting instance type, such as ml.m5.large.")
    initial_instance_count: int = Field(
        ge=1, le=1000, description="Instances at creation. Later changes by scaling survive an apply (see README)."
    )
    volume_size_in_gb: int | None = Field(
        None, ge=1, le=512, description="EBS volume in GiB. Not for types with local NVMe. Default: chosen by SageMaker."
    )
    model_data_download_timeout_in_seconds: int | None = Field(
        None, ge=60, le=3600, description="Seconds to download model data. Default: SageMaker's."
    )
    container_startup_health_check_timeout_in_seconds: int | None = Field(
        None, ge=60, le=3600, description="Seconds until the container must answer /ping. Default: SageMaker's."
    )
    inference_ami_version: InferenceAmiVersion | None = Field(
        None, description="AMI of GPU and Neuron instances (driver and CUDA version). Default: SageMaker's."
    )
    enable_ssm_access: bool = Field(False, description="Allow SSM sessions into the containers; AWS must enable it for the account first.")
    routing_strategy: Literal["LEAST_OUTSTANDING_REQUESTS", "RANDOM"] = Field(
        "LEAST_OUTSTANDING_REQUESTS", description="How requests are spread over the variant's instances."
    )
    managed_instance_scaling: ManagedInstanceScaling | None = Field(None, description="Scaling by SageMaker itself. Default: none.")
    core_dump_config: CoreDumpConfig | None = Field(None, description="Keep core dumps of crashed containers. Default: none.")

    @model_validator(mode="after")
    def _count_within_managed_scaling(self) -> InstanceVariant:
        scaling = self.managed_instance_scaling
        if scaling and scaling.status == "ENABLED" and self.initial_instance_count > scaling.max_instance_count:
            raise ValueError(
                f"initial_instance_count {self.initial_instance_count} is above "
                f"managed_instance_scaling.max_instance_count {scaling.max_instance_count}"
            )
        return self


class ServerlessVariant(Variant):
    """A serverless variant: no instances, billed by use."""

    memory_size_in_mb: Literal[1024, 2048, 3072, 4096, 5120, 6144] = Field(description="Memory in MB, in steps of 1024; CPU grows with it.")
    max_concurrency: int = Field(ge=1, le=200, description="Concurrent invocations at most.")
    provisioned_concurrency: int | None = Field(
        None, ge=1, le=200, description="Invocations kept warm, at most max_concurrency. Default: none (cold starts)."
    )

    @model_validator(mode="after")
    def _provisioned_below_max(self) -> ServerlessVariant:
        if self.provisioned_concurrency and self.provisioned_concurrency > self.max_concurrency:
            raise ValueError(f"provisioned_concurrency {self.provisioned_concurrency} is above max_concurrency {self.max_concurrency}")
        return self

"""Instance types of SageMaker batch transform (API: TransformResources, InstanceType), as botocore 1.35.99 lists them.

tests/modules/batch_transform compares them with the installed botocore.
"""

from __future__ import annotations


def _of(family: str, sizes: str) -> list[str]:
    return [f"{family}.{size}" for size in sizes.split()]


NAMES = (
    *_of("ml.c4", "2xlarge 4xlarge 8xlarge xlarge"),
    *_of("ml.c5", "18xlarge 2xlarge 4xlarge 9xlarge xlarge"),
    *_of("ml.c6i", "12xlarge 16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge large xlarge"),
    *_of("ml.c7i", "12xlarge 16xlarge 24xlarge 2xlarge 48xlarge 4xlarge 8xlarge large xlarge"),
    *_of("ml.g4dn", "12xlarge 16xlarge 2xlarge 4xlarge 8xlarge xlarge"),
    *_of("ml.g5", "12xlarge 16xlarge 24xlarge 2xlarge 48xlarge 4xlarge 8xlarge xlarge"),
    *_of("ml.inf2", "24xlarge 48xlarge 8xlarge xlarge"),
    *_of("ml.m4", "10xlarge 16xlarge 2xlarge 4xlarge xlarge"),
    *_of("ml.m5", "12xlarge 24xlarge 2xlarge 4xlarge large xlarge"),
    *_of("ml.m6i", "12xlarge 16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge large xlarge"),
    *_of("ml.m7i", "12xlarge 16xlarge 24xlarge 2xlarge 48xlarge 4xlarge 8xlarge large xlarge"),
    *_of("ml.p2", "16xlarge 8xlarge xlarge"),
    *_of("ml.p3", "16xlarge 2xlarge 8xlarge"),
    *_of("ml.r6i", "12xlarge 16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge large xlarge"),
    *_of("ml.r7i", "12xlarge 16xlarge 24xlarge 2xlarge 48xlarge 4xlarge 8xlarge large xlarge"),
    *_of("ml.trn1", "2xlarge 32xlarge"),
)
"""All of them, sorted."""

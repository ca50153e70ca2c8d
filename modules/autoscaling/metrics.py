"""The CloudWatch metrics of SageMaker endpoints: where each lives, how far it goes, which hosting publishes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modules._shared.instance_types import InstanceType

INSTANCE_NAMESPACE = "/aws/sagemaker/Endpoints"
INVOCATION_NAMESPACE = "AWS/SageMaker"

PredefinedMetric = Literal[
    "SageMakerVariantInvocationsPerInstance",
    "SageMakerVariantProvisionedConcurrencyUtilization",
    "SageMakerVariantConcurrentRequestsPerModelHighResolution",
    "SageMakerInferenceComponentInvocationsPerCopy",
    "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
]

PREDEFINED_HOSTING: dict[str, str] = {
    "SageMakerVariantInvocationsPerInstance": "instances",
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": "instances",
    "SageMakerVariantProvisionedConcurrencyUtilization": "serverless",
    "SageMakerInferenceComponentInvocationsPerCopy": "inference components",
    "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution": "inference components",
}
"""The hosting each predefined metric is published for."""


@dataclass(frozen=True)
class SageMakerMetric:
    """A metric SageMaker publishes. `per_endpoint`: its only dimension is EndpointName."""

    namespace: str
    hosting: frozenset[str]
    per_endpoint: bool = False


_ON_INSTANCES = frozenset({"instances", "asynchronous"})
_EVERYWHERE = frozenset({"instances", "asynchronous", "serverless"})
_ASYNCHRONOUS = frozenset({"asynchronous"})

_INSTANCE_METRICS = (
    "CPUUtilization",
    "CPUUtilizationNormalized",
    "MemoryUtilization",
    "DiskUtilization",
    "GPUUtilization",
    "GPUUtilizationNormalized",
    "GPUMemoryUtilization",
    "GPUMemoryUtilizationNormalized",
)
_INVOCATION_METRICS = (
    "Invocations",
    "ModelLatency",
    "OverheadLatency",
    "Invocation4XXErrors",
    "Invocation5XXErrors",
    "InvocationModelErrors",
)
_QUEUE_METRICS = (
    "ApproximateBacklogSize",
    "ApproximateBacklogSizePerInstance",
    "ApproximateAgeOfOldestRequest",
    "HasBacklogWithoutCapacity",
)

KNOWN: dict[str, SageMakerMetric] = {
    **{name: SageMakerMetric(INSTANCE_NAMESPACE, _ON_INSTANCES) for name in _INSTANCE_METRICS},
    **{name: SageMakerMetric(INVOCATION_NAMESPACE, _EVERYWHERE) for name in _INVOCATION_METRICS},
    **{name: SageMakerMetric(INVOCATION_NAMESPACE, _ASYNCHRONOUS, per_endpoint=True) for name in _QUEUE_METRICS},
    "InvocationsPerInstance": SageMakerMetric(INVOCATION_NAMESPACE, frozenset({"instances"})),
    "ConcurrentRequestsPerModel": SageMakerMetric(INVOCATION_NAMESPACE, frozenset({"instances"})),
    "ServerlessConcurrentExecutionsUtilization": SageMakerMetric(INVOCATION_NAMESPACE, frozenset({"serverless"})),
    "ServerlessProvisionedConcurrencyUtilization": SageMakerMetric(INVOCATION_NAMESPACE, frozenset({"serverless"})),
}
"""SageMaker's own metrics by name. A name that is not here needs its namespace, and nothing is known about its range."""


def upper_bound(metric_name: str, instance: InstanceType) -> int | None:
    """The highest value of an instance metric on this type, or None when it has no bound or nobody knows it.

    CPUUtilization adds up the vCPUs (0 to 100 each), GPUUtilization and GPUMemoryUtilization the GPUs.
    """
    bounds = {
        "CPUUtilization": None if instance.vcpus is None else 100 * instance.vcpus,
        "GPUUtilization": 100 * instance.gpus,
        "GPUMemoryUtilization": 100 * instance.gpus,
    }
    if metric_name in bounds:
        return bounds[metric_name]
    return 100 if metric_name in _INSTANCE_METRICS else None

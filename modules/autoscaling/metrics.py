"""The CloudWatch metrics of SageMaker endpoints: where each lives, how far it goes, which hosting publishes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modules._shared.instance_types import InstanceType
from modules._shared.published_metrics import INSTANCE, INVOCATION, published

INSTANCE_NAMESPACE, INVOCATION_NAMESPACE = INSTANCE, INVOCATION

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


_EVERYWHERE = frozenset({"instances", "asynchronous", "serverless"})
_PER_ENDPOINT = frozenset({frozenset({"EndpointName"})})

KNOWN: dict[str, SageMakerMetric] = {
    name: SageMakerMetric(namespace, metric.hosting or _EVERYWHERE, per_endpoint=metric.dimensions == _PER_ENDPOINT)
    for namespace in (INSTANCE_NAMESPACE, INVOCATION_NAMESPACE)
    for name, metric in published()[namespace].items()
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
    return 100 if metric_name in KNOWN and KNOWN[metric_name].namespace == INSTANCE_NAMESPACE else None

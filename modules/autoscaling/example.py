"""The smallest real use: two to ten instances, 700 invocations a minute on each."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.autoscaling.construct import Autoscaling, AutoscalingRefs
from modules.autoscaling.policies import TargetTrackingPolicy
from modules.autoscaling.spec import AutoscalingSpec

NAMING = Naming("slipway", "example", "111111111111", "eu-west-1", {"owner": "ml-platform"})


def build(stack: Any) -> None:
    """Adds the scaling of variant `main` of endpoint `wine` to the stack."""
    invocations = TargetTrackingPolicy(
        kind="target_tracking", name="invocations", metric="SageMakerVariantInvocationsPerInstance", target_value=700
    )
    spec = AutoscalingSpec(min_capacity=2, max_capacity=10, policies=(invocations,))
    refs = AutoscalingRefs(endpoint_name="slipway-example-wine", variant_name="main", instance_type="ml.m5.large")
    scaling = Autoscaling(stack, "wine-main", naming=NAMING, endpoint="wine", spec=spec, refs=refs)
    export(stack, "wine_main", scaling.outputs)

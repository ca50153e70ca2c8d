"""What Application Auto Scaling says of targets: their limits, and what it did last."""

from __future__ import annotations

from collections.abc import Sequence

from slipway.artifacts.account import Account


def ranges(account: Account, namespace: str, resources: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Least and most of each scalable target among `resources`. `namespace`: sagemaker, lambda or ecs."""
    if not resources:
        return {}
    scaling = account.client("application-autoscaling")
    targets = scaling.describe_scalable_targets(ServiceNamespace=namespace, ResourceIds=list(resources))
    return {one["ResourceId"]: (one["MinCapacity"], one["MaxCapacity"]) for one in targets["ScalableTargets"]}


def newest_activity(account: Account, prefix: str) -> str:
    """The newest scaling activity of SageMaker targets whose id begins so, as one line; empty without any."""
    activities = account.client("application-autoscaling").describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
    own = [one for one in activities if one["ResourceId"].startswith(prefix)]
    newest = max(own, key=lambda one: one["StartTime"].timestamp(), default=None)
    return f"{newest['StartTime']:%Y-%m-%d %H:%M:%S} {newest['Description']} ({newest['StatusCode']})" if newest else ""

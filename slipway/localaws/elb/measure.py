"""Metrics AWS/ApplicationELB of each request (user guide, "CloudWatch metrics for your Application Load Balancer")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slipway.localaws import background
from slipway.localaws.cloudwatch import metrics
from slipway.localaws.elb.target import of_group

if TYPE_CHECKING:
    from slipway.containers.client import Response
    from slipway.localaws.elb.route import Route

NAMESPACE = "AWS/ApplicationELB"


def names(route: Route) -> tuple[dict[str, str], dict[str, str]]:
    """The dimensions of the load balancer alone, and with its target group."""
    both = _dimensions(route.balancer.arn, route.group)
    return {"LoadBalancer": both["LoadBalancer"]}, both


def _dimensions(balancer_arn: str, group: Any) -> dict[str, str]:
    return {"LoadBalancer": balancer_arn.partition(":loadbalancer/")[2], "TargetGroup": group.arn.rpartition(":")[2]}


def target_answer(route: Route, answer: Response) -> None:
    """A request that a target answered."""
    kind = f"HTTPCode_Target_{answer.status // 100}XX_Count"
    values = [("RequestCount", 1.0, "Count"), ("TargetResponseTime", answer.seconds, "Seconds"), (kind, 1.0, "Count")]
    _, with_group = names(route)
    _emit(route, values)
    share = 1.0 / max(1, len(route.targets))
    metrics.emit_all(route.account, route.region, NAMESPACE, with_group, [("RequestCountPerTarget", share, "Count")])
    background.wake()


def hosts(account: str, region: str, group: Any) -> None:
    """How many targets of a group answer and how many do not; those that begin or leave count as neither."""
    states = [target.state for target in of_group(group).values()]
    values = [("HealthyHostCount", "healthy"), ("UnHealthyHostCount", "unhealthy")]
    for arn in group.load_balancer_arns:
        metrics.emit_all(
            account, region, NAMESPACE, _dimensions(arn, group), [(name, float(states.count(state)), "Count") for name, state in values]
        )


def own_answer(route: Route, status: int) -> None:
    """A request that the load balancer answered itself: no target, or none that answered."""
    _emit(route, [("RequestCount", 1.0, "Count"), (f"HTTPCode_ELB_{status}_Count", 1.0, "Count"), ("HTTPCode_ELB_5XX_Count", 1.0, "Count")])
    background.wake()


def _emit(route: Route, values: list[tuple[str, float, str]]) -> None:
    for dimensions in names(route):
        metrics.emit_all(route.account, route.region, NAMESPACE, dimensions, values)

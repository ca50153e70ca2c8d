"""Load balancers stand inside the network."""

from __future__ import annotations

from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, verdict


def _check(balancer: Resource, _: Estate) -> Verdict:
    return verdict([] if balancer.get("internal") is True else ["internal is not true: AWS gives it public addresses"])


RULE = Rule(
    id="CKV_SLIPWAY_90",
    title="Ensure a load balancer is internal",
    why="Models are called through the API, which knows who asks and how often; a public load balancer would be a way around it.",
    fix="internal: true, in private subnets",
    applies_to=("aws_alb", "aws_lb"),
    check=_check,
    alone=True,
)

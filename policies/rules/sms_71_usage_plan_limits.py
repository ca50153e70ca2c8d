"""What the holder of a key may use."""

from __future__ import annotations

from policies.estate import Estate, Resource, blocks
from policies.rule import Rule, Verdict, verdict


def _check(plan: Resource, _: Estate) -> Verdict:
    problems = [] if plan.blocks("api_stages") else ["the plan covers no stage, so its keys open nothing"]
    limits = plan.blocks("throttle_settings") or [throttle for stage in plan.blocks("api_stages") for throttle in blocks(stage, "throttle")]
    if not limits:
        problems.append("no throttle_settings")
    problems += [f"{name} is {limit.get(name)!r}" for limit in limits for name in ("rate_limit", "burst_limit") if not limit.get(name)]
    return verdict(problems)


RULE = Rule(
    id="CKV_SLIPWAY_71",
    title="Ensure a usage plan limits the requests of each key",
    why="Without a throttle one key can use up the whole stage's rate, and every other caller is answered 429.",
    fix="rate_limit and burst_limit of the usage plan",
    applies_to=("aws_api_gateway_usage_plan",),
    check=_check,
    alone=True,
)

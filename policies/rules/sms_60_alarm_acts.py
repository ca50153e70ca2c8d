"""Whom an alarm tells."""

from __future__ import annotations

from policies.alarms import COMPOSITE, METRIC, composites_over, rolls_back
from policies.estate import Estate, Resource
from policies.rule import PASS, Rule, Verdict, fail


def _check(alarm: Resource, estate: Estate) -> Verdict:
    over = composites_over(alarm, estate)
    if any(item.get("alarm_actions") for item in (alarm, *over)) or rolls_back(alarm, estate):
        return PASS
    return fail("it has no alarm_actions, no composite alarm over it has any, and no endpoint rolls back on it")


RULE = Rule(
    id="CKV_SLIPWAY_60",
    title="Ensure an alarm tells somebody or does something",
    why="An alarm without an action is red on a page that nobody has open. CKV_AWS_319 looks at actions_enabled only.",
    fix="notifications, whose topics the alarms tell; or put the alarm below a composite alarm that has an action",
    applies_to=(METRIC, COMPOSITE),
    check=_check,
    severity="medium",
    production_only=True,
)

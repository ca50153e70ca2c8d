"""What alarms look at and whom they tell: metric alarms behind composite ones, topics behind actions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from policies.endpoints import rollback_alarm_names
from policies.estate import Estate, Resource, identifier

METRIC, COMPOSITE = "aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"
_IN_RULE = re.compile(r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*[\"']?([^\"')]+?)[\"']?\s*\)")


def alarm_name(alarm: Resource, estate: Estate) -> str:
    """Name of a metric or composite alarm."""
    return estate.text(alarm.get("alarm_name"), alarm.document)


def children(composite: Resource, estate: Estate) -> list[str]:
    """Names of the alarms in a composite alarm's rule."""
    found = _IN_RULE.findall(estate.text(composite.get("alarm_rule") or "", composite.document))
    return [name.rpartition(":alarm:")[2] if name.startswith("arn:") else name for name in found]


def behind(names: Iterable[str], estate: Estate) -> tuple[list[Resource], list[str]]:
    """The metric alarms that these names stand for, through composite alarms, and the names that are not in the environment."""
    index: Mapping[str, Resource] = estate.remembered("alarms by name", lambda: _by_name(estate))
    found: dict[str, Resource] = {}
    missing: list[str] = []
    todo, seen = list(names), set[str]()
    while todo:
        name = todo.pop(0)
        if name in seen:
            continue
        seen.add(name)
        alarm = index.get(name)
        if alarm is None:
            missing.append(name)
        elif alarm.type == COMPOSITE:
            todo += children(alarm, estate)
        else:
            found[name] = alarm
    return list(found.values()), missing


def _by_name(estate: Estate) -> dict[str, Resource]:
    return {alarm_name(alarm, estate): alarm for alarm in estate.resources(METRIC, COMPOSITE)}


def rolls_back(alarm: Resource, estate: Estate) -> bool:
    """Whether an endpoint rolls back on this alarm, or on a composite alarm over it."""
    names: set[str] = estate.remembered("alarms that roll back", lambda: _rolling_back(estate))
    return alarm_name(alarm, estate) in names


def _rolling_back(estate: Estate) -> set[str]:
    found: set[str] = set()
    for endpoint in estate.resources("aws_sagemaker_endpoint"):
        names = rollback_alarm_names(endpoint, estate)
        found |= {*names, *(alarm_name(alarm, estate) for alarm in behind(names, estate)[0])}
    return found


def composites_over(alarm: Resource, estate: Estate) -> list[Resource]:
    """Composite alarms whose rule names this alarm."""
    over: Mapping[str, list[Resource]] = estate.remembered("composite alarms by child", lambda: _by_child(estate))
    return list(over.get(alarm_name(alarm, estate), ()))


def _by_child(estate: Estate) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for composite in estate.resources(COMPOSITE):
        for name in children(composite, estate):
            found.setdefault(name, []).append(composite)
    return found


def topic_of(action: str, alarm: Resource, estate: Estate) -> Resource | None:
    """The topic of this environment that an action names."""
    text = estate.text(action, alarm.document)
    for topic in estate.resources("aws_sns_topic"):
        named = identifier(topic) and estate.points_at(action, alarm.document, topic)
        if named or text == f"<{topic.document.stack}/{topic.address}>":
            return topic
    return None

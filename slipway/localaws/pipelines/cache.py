"""Step caching: a step whose compared attributes are those of an earlier, successful run of it is not run again.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

from moto.core.utils import utcnow

from slipway.localaws.clock import real_seconds
from slipway.localaws.pipelines.definition import Node
from slipway.localaws.pipelines.errors import StepFailed
from slipway.localaws.pipelines.jobs import JOBS, OF_A_DEFINITION
from slipway.localaws.pipelines.record import Record, StepRecord

_DURATION = re.compile(r"P?(?P<date>(\d+[YMWD])*)(T(?P<time>(\d+[HM])+))?", re.IGNORECASE)
_PART = re.compile(r"(\d+)([YMWDHM])", re.IGNORECASE)
_DATE = {"Y": 365 * 86_400, "M": 30 * 86_400, "W": 7 * 86_400, "D": 86_400}
_TIME = {"H": 3600, "M": 60}


def signature(node: Node, arguments: dict[str, Any]) -> str:
    """What is compared; empty when the step is of a type that is not cached."""
    kind = JOBS.get(node.type)
    if kind is None:
        return ""
    compared = {name: arguments.get(name) for name in kind.compared}
    if given := compared.get("TrainingJobDefinition"):
        compared["TrainingJobDefinition"] = {name: given.get(name) for name in OF_A_DEFINITION}
    return json.dumps([node.name, node.type, compared], sort_keys=True, default=str)


def expiry_seconds(node: Node) -> float:
    """Real seconds for which a result can be used again; 0 when the step does not cache. StepFailed for a duration that is none."""
    config = node.step.get("CacheConfig", {})
    if not config.get("Enabled"):
        return 0.0
    text = str(config.get("ExpireAfter", ""))
    match = _DURATION.fullmatch(text)
    if not match or not (match["date"] or match["time"]):
        raise StepFailed(f"ClientError: ExpireAfter {text} is not an ISO 8601 duration")
    date = sum(int(number) * _DATE[unit.upper()] for number, unit in _PART.findall(match["date"] or ""))
    time = sum(int(number) * _TIME[unit.upper()] for number, unit in _PART.findall(match["time"] or ""))
    return real_seconds(date + time)


def find(record: Record, node: Node, wanted: str) -> tuple[StepRecord, str] | None:
    """The newest successful run of this step that can be used again, and the execution it belongs to."""
    longest = expiry_seconds(node)
    if not longest or not wanted:
        return None
    oldest = utcnow() - timedelta(seconds=min(longest, 100 * 365 * 86_400))
    found = []
    for entry in list(record.pipeline.pipeline_executions.values()):
        other: Record | None = getattr(entry, "record", None)
        step = other.steps.get(node.name) if other is not None else None
        if step and step.status == "Succeeded" and step.signature == wanted and step.ended and step.ended >= oldest:
            found.append((step.ended, step, step.taken_from or str(entry.arn)))
    if not found:
        return None
    _, step, arn = max(found, key=lambda item: item[0])
    return step, arn

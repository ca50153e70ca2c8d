"""What a target of a rule gets: the event, a part of it, a constant, or a template (guide, "Amazon EventBridge input transformation")."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\*)\]")
_VARIABLE = re.compile(r"<([^<>\s]+)>")
_MISSING = object()


def payload(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """The text that is sent to a target (API: Target) for an event."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        part = found(event, target["InputPath"])
        return json.dumps({} if part is _MISSING else part)
    if transformer := target.get("InputTransformer"):
        return _filled(transformer["InputTemplate"], _variables(transformer.get("InputPathsMap") or {}, event, rule_arn))
    return json.dumps(event)


def found(event: Any, path: str) -> Any:
    """The value at `$.a.b[0]`; `[*]` gathers a list. A sentinel when there is none."""
    steps = [(match.group(1), match.group(2)) for match in _STEP.finditer(path.removeprefix("$"))]
    return _walk(event, steps)


def _walk(value: Any, steps: list[tuple[str | None, str | None]]) -> Any:
    for position, (name, index) in enumerate(steps):
        if name is not None:
            value = value.get(name, _MISSING) if isinstance(value, dict) else _MISSING
        elif not isinstance(value, list):
            return _MISSING
        elif index == "*":
            gathered = [_walk(each, steps[position + 1 :]) for each in value]
            return [each for each in gathered if each is not _MISSING]
        else:
            value = value[int(index or 0)] if int(index or 0) < len(value) else _MISSING
        if value is _MISSING:
            return _MISSING
    return value


def _variables(paths: Mapping[str, str], event: Mapping[str, Any], rule_arn: str) -> dict[str, Any]:
    """The template's own variables, and the reserved ones."""
    own = {name: found(event, path) for name, path in paths.items()}
    return {
        **{name: value for name, value in own.items() if value is not _MISSING},
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": dict(event),
    }


def _filled(template: str, variables: Mapping[str, Any]) -> str:
    """The template with its variables: quoted where the template is JSON and they stand outside a string, bare inside one."""
    is_json = template.lstrip().startswith(("{", "["))

    def value_of(match: re.Match[str]) -> str:
        value = variables.get(match.group(1), "")
        inside_string = _quotes(template[: match.start()]) % 2 == 1
        if inside_string or not is_json:
            bare = value if isinstance(value, str) else json.dumps(value)
            return json.dumps(bare)[1:-1] if isinstance(value, str) else bare.replace('"', "")
        return json.dumps(value)

    return _VARIABLE.sub(value_of, template)


def _quotes(text: str) -> int:
    return len(re.findall(r'(?<!\\)"', text))

"""What an invocation asks for, checked against AWS's own model of the SageMaker runtime."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from slipway.localaws.model import service_model
from slipway.localaws.request import Call, Environ
from slipway.localaws.runtime.errors import ValidationError

ACCOUNT, REGION = "123456789012", "us-east-1"
"""Of a request whose credentials name none; moto's own defaults."""
_PATH = re.compile(r"/endpoints/([^/]+)/(invocations|async-invocations|invocations-response-stream)")
_OPERATIONS = {
    "invocations": "InvokeEndpoint",
    "async-invocations": "InvokeEndpointAsync",
    "invocations-response-stream": "InvokeEndpointWithResponseStream",
}


@dataclass(frozen=True)
class Invocation:
    """One checked request. `members` are those of the operation's input that came in headers, under AWS's names."""

    operation: str
    account: str
    region: str
    endpoint: str
    body: bytes
    members: dict[str, str]

    def get(self, member: str) -> str | None:
        """A member such as `TargetVariant`; None when the client left it out."""
        return self.members.get(member)

    @property
    def dimensions(self) -> dict[str, str]:
        """The CloudWatch dimension that all of its metrics have."""
        return {"EndpointName": self.endpoint}


@dataclass(frozen=True)
class _Rule:
    """What the model says about one member. `shown`: its value may be repeated in an error."""

    member: str
    header: str
    kind: str
    low: float
    high: float
    pattern: re.Pattern[str] | None
    text: str
    shown: bool


def read(call: Call, environ: Environ) -> Invocation:
    """The invocation behind a request. Raises ValidationError with the words of AWS's request validation."""
    match = _PATH.fullmatch(call.path)
    if match is None:
        raise ValidationError(f"{call.path} is no path of the SageMaker runtime.")
    operation = _OPERATIONS[match.group(2)]
    members = {"EndpointName": match.group(1)}
    for rule in _rules(operation):
        value = environ.get(rule.header)
        if value is not None and value != "":
            members[rule.member] = _text(str(value))
    problems = [problem for rule in _rules(operation) if (problem := _problem(rule, members.get(rule.member)))]
    problems += _body_problem(operation, call.body)
    if operation == "InvokeEndpointAsync" and "InputLocation" not in members:
        problems.append("Value at 'inputLocation' failed to satisfy constraint: Member must not be null")
    if problems:
        words = "error" if len(problems) == 1 else "errors"
        raise ValidationError(f"{len(problems)} validation {words} detected: {'; '.join(problems)}")
    return Invocation(operation, call.account or ACCOUNT, call.region or REGION, members.pop("EndpointName"), call.body, members)


def _text(header: str) -> str:
    """A header's text. WSGI decodes headers as latin-1, SDKs send them as UTF-8."""
    try:
        return header.encode("latin-1").decode()
    except ValueError:
        return header


@cache
def _rules(operation: str) -> tuple[_Rule, ...]:
    shape: Any = service_model("sagemaker-runtime").operation_model(operation).input_shape
    found = []
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        if location in ("header", "uri"):
            header = _environ_name(member.serialization.get("name", name)) if location == "header" else ""
            facts = member.metadata
            pattern = facts.get("pattern")
            bounds = (facts.get("min", 0), facts.get("max", float("inf")))
            found.append(_Rule(name, header, member.type_name, *bounds, _compiled(pattern), pattern or "", not facts.get("sensitive")))
    return tuple(found)


def _environ_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name == "CONTENT_TYPE" else f"HTTP_{name}"


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    if pattern is None:
        return None
    python = pattern.replace(r"[\p{Print}]", r"[\x20-\x7e]").replace(r"\p{ASCII}", r"[\x00-\x7f]").replace(r"\z", r"\Z")
    return re.compile(python, re.DOTALL)


def _problem(rule: _Rule, value: str | None) -> str:
    if value is None:
        return ""
    said = f"Value '{value}'" if rule.shown else "Value"
    where = f"{said} at '{rule.member[0].lower()}{rule.member[1:]}' failed to satisfy constraint: Member must"
    size: float = len(value)
    unit = "have length"
    if rule.kind == "integer":
        if not re.fullmatch(r"-?\d{1,10}", value):
            return f"{where} be an integer"
        size, unit = int(value), "have value"
    if size > rule.high:
        return f"{where} {unit} less than or equal to {rule.high}"
    if size < rule.low:
        return f"{where} {unit} greater than or equal to {rule.low}"
    if rule.pattern and not rule.pattern.fullmatch(value):
        return f"{where} satisfy regular expression pattern: {rule.text}"
    return ""


def _body_problem(operation: str, body: bytes) -> list[str]:
    shape: Any = service_model("sagemaker-runtime").operation_model(operation).input_shape
    if "Body" not in shape.members:
        return []
    limit = shape.members["Body"].metadata["max"]
    if len(body) <= limit:
        return []
    return [f"Value at 'body' failed to satisfy constraint: Member must have length less than or equal to {limit}"]

"""Secrets in the clear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from policies.estate import Estate, Resource, blocks, is_reference
from policies.rule import Rule, Verdict, verdict

_NAMES = re.compile(
    r"(^|[_.-])(password|passwd|passphrase|secret|credentials?|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?token)$", re.I
)
_VALUES = re.compile(
    r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_[A-Za-z0-9_]{30,}"
    r"|\bhf_[A-Za-z0-9]{30,}|\bsk-[A-Za-z0-9_-]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.|://[^/\s:@]+:[^/\s@]+@"
)
_HARMLESS = re.compile(r"arn:aws[a-z-]*:\S+|-?\d+(\.\d+)?|true|false|none|null|", re.I)


def _check(resource: Resource, _: Estate) -> Verdict:
    return verdict(f"{where} looks like a secret" for where, name, value in _pairs(resource) if _is_secret(name, value))


def _pairs(resource: Resource) -> Iterator[tuple[str, str, str]]:
    for position, container in enumerate([*resource.blocks("primary_container"), *resource.blocks("container")]):
        yield from _entries(f"environment of container {position}", container.get("environment"))
    for environment in resource.blocks("environment"):
        yield from _entries("environment", environment.get("variables"))
        for variable in blocks(environment, "environment_variable"):
            if variable.get("type", "PLAINTEXT") == "PLAINTEXT":
                yield from _entries("environment", {str(variable.get("name")): variable.get("value")})
    if resource.type == "aws_ssm_parameter" and resource.get("type") != "SecureString":
        name = str(resource.get("name")).rsplit("/", 1)[-1]
        yield f"value of parameter {name}", name, str(resource.get("value") or resource.get("insecure_value"))
    yield from _entries("tags", resource.get("tags"))


def _entries(where: str, values: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(values, dict):
        yield from ((f"{where}: {name}", str(name), str(value)) for name, value in values.items())


def _is_secret(name: str, value: str) -> bool:
    """By the value's form, or by a name that ends like a secret's; never an ARN, a number or a reference."""
    if _HARMLESS.fullmatch(value) or is_reference(value):
        return False
    return bool(_VALUES.search(value) or _NAMES.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)))


RULE = Rule(
    id="CKV_SLIPWAY_26",
    title="Ensure no secret stands in a container's environment, in a plain parameter or in a tag",
    why="They are shown in consoles, plans and states to everybody who may look. CKV_AWS_45 reads Lambda functions only.",
    fix="put it into Secrets Manager and hand over its ARN",
    applies_to=("*",),
    check=_check,
)

"""IAM policy documents in one shape, whether written as JSON string, `jsonencode(...)` or data document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.estate import Document, Resource, blocks, is_reference

_DATA = re.compile(r"\$\{data\.aws_iam_policy_document\.([A-Za-z0-9_-]+)\.json\}")
_ENCODED = re.compile(r"\$\{jsonencode\((.*)\)\}", re.DOTALL)


class Unreadable(ValueError):
    """A policy document that is only known to Terraform, or is no policy document."""


@dataclass(frozen=True)
class Statement:
    """One statement; `principals` pairs each principal with its kind (`AWS`, `Service`, `Federated`, `*`)."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...] = ()
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """(operator, key, values); keys in lower case, because IAM ignores their case."""
    inverted: tuple[str, ...] = field(default=())
    """Which of NotAction, NotResource and NotPrincipal the statement uses."""
    sid: str = ""

    @property
    def allows(self) -> bool:
        """Whether the statement grants something."""
        return self.effect == "Allow"

    def has_condition(self, *keys: str) -> bool:
        """Whether one of these condition keys is used with an operator that a missing key does not satisfy."""
        wanted = {key.lower() for key in keys}
        return any(key in wanted and not operator.lower().endswith("ifexists") for operator, key, _ in self.conditions)

    def label(self) -> str:
        """How a message names the statement."""
        return f"statement {self.sid}" if self.sid else f"statement for {', '.join(self.actions[:2]) or 'everything'}"


def policies_of(resource: Resource) -> list[Any]:
    """Every permission policy that stands in an IAM, KMS, S3, SNS, SQS or ECR resource."""
    found = [resource.get("policy")] if resource.get("policy") is not None else []
    return found + [block.get("policy") for block in resource.blocks("inline_policy") if block.get("policy") is not None]


def read(value: Any, document: Document) -> list[Statement]:
    """The statements of one policy. Raises `Unreadable` with the reason."""
    if isinstance(value, str) and (match := _DATA.fullmatch(value.strip())):
        return list(_from_data(match.group(1), document))
    parsed = _parse(value)
    statements = parsed.get("Statement", [])
    return [_from_json(item) for item in (statements if isinstance(statements, list) else [statements]) if isinstance(item, Mapping)]


def _parse(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, str):
        raise Unreadable(f"policy is {type(value).__name__}, not a JSON string")
    parsed = _hcl(match.group(1)) if (match := _ENCODED.fullmatch(value.strip())) else _json(value)
    if not isinstance(parsed, Mapping):
        raise Unreadable("policy is not a JSON object")
    return parsed


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError as error:
        what = f"known only to Terraform: {value[:60]}" if is_reference(value) else f"not JSON: {error}"
        raise Unreadable(f"policy is {what}") from None


def _hcl(expression: str) -> Any:
    """The object in `jsonencode(...)`; python-hcl2 comes with checkov."""
    from hcl2.api import loads

    try:
        value = _unquote(loads(f"value = {expression}\n")["value"])
        return value[0] if isinstance(value, list) and len(value) == 1 else value
    except Exception:  # the parser raises whatever its grammar library raises
        raise Unreadable(f"policy is an expression that cannot be read: {expression[:60]}") from None


def _unquote(value: Any) -> Any:
    """Older python-hcl2 wraps values in lists and keeps the quotes of keys."""
    if isinstance(value, Mapping):
        return {str(key).strip('"'): _unquote(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unquote(item) for item in value]
    return value.strip('"') if isinstance(value, str) else value


def _from_json(item: Mapping[str, Any]) -> Statement:
    return Statement(
        effect=str(item.get("Effect", "Allow")),
        actions=_strings(item.get("Action")),
        resources=_strings(item.get("Resource")),
        principals=tuple(_principals(item.get("Principal"))),
        conditions=tuple(_conditions(item.get("Condition"))),
        inverted=tuple(name for name in ("NotAction", "NotResource", "NotPrincipal") if name in item),
        sid=str(item.get("Sid", "")),
    )


def _from_data(name: str, document: Document) -> Iterator[Statement]:
    body = document.content.get("data", {}).get("aws_iam_policy_document", {}).get(name)
    if not isinstance(body, Mapping):
        raise Unreadable(f"data.aws_iam_policy_document.{name} is not in this document")
    if body.get("source_policy_documents") or body.get("override_policy_documents"):
        raise Unreadable(f"data.aws_iam_policy_document.{name} is merged from other documents")
    for item in blocks(body, "statement"):
        yield Statement(
            effect=str(item.get("effect", "Allow")),
            actions=_strings(item.get("actions")),
            resources=_strings(item.get("resources")),
            principals=tuple((str(p.get("type")), v) for p in blocks(item, "principals") for v in _strings(p.get("identifiers"))),
            conditions=tuple(
                (str(c.get("test")), str(c.get("variable")).lower(), _strings(c.get("values"))) for c in blocks(item, "condition")
            ),
            inverted=tuple(n for n, k in (("NotAction", "not_actions"), ("NotResource", "not_resources")) if item.get(k)),
            sid=str(item.get("sid", "")),
        )


def _strings(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def _principals(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for kind, names in value.items():
            yield from ((str(kind), name) for name in _strings(names))
    elif value is not None:
        yield "*", str(value)


def _conditions(value: Any) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for operator, tests in (value or {}).items():
        for key, values in tests.items():
            yield (
                str(operator),
                str(key).lower(),
                tuple(str(item).lower() if isinstance(item, bool) else item for item in _strings_raw(values)),
            )


def _strings_raw(value: Any) -> list[Any]:
    return [item if isinstance(item, bool) else str(item) for item in (value if isinstance(value, list) else [value])]

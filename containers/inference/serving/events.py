"""What a Lambda function of this container is sent and answers: one HTTP request and response in the words of API Gateway's proxy events.

Event: `{"body": "[[14.2, 1.7]]", "isBase64Encoded": false, "headers": {"Content-Type": "application/json", "Accept": "text/csv"}}`.
Answer: `{"statusCode": 200, "headers": {"Content-Type": "text/csv"}, "body": "0", "isBase64Encoded": false}`.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_FORMAT = 'send {"body": "...", "isBase64Encoded": false, "headers": {"Content-Type": "..."}}'


class Malformed(ValueError):
    """The event is none of ours; the text says what is wrong."""


@dataclass(frozen=True)
class Asked:
    """A request to /invocations."""

    body: bytes = field(repr=False)
    content_type: str
    accept: str


def read(event: bytes) -> Asked:
    """The request that an event holds. Raises Malformed."""
    try:
        content = json.loads(event)
    except ValueError:
        raise Malformed("the event is not JSON") from None
    if not isinstance(content, dict) or not isinstance(content.get("body"), str):
        raise Malformed(f"the event has no body: {_FORMAT}")
    given = content.get("headers") or {}
    if not isinstance(given, Mapping):
        raise Malformed(f"the event's headers are no object: {_FORMAT}")
    headers = {str(name).lower(): _header(value) for name, value in given.items()}
    return Asked(_body(content), headers.get("content-type") or "application/json", headers.get("accept") or "*/*")


def written(status: int, content_type: str, body: bytes) -> bytes:
    """The function's answer. Text stays text; everything else is base64."""
    text = _text(content_type, body)
    content = {
        "statusCode": status,
        "headers": {"Content-Type": content_type},
        "body": base64.b64encode(body).decode("ascii") if text is None else text,
        "isBase64Encoded": text is None,
    }
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def _body(content: Mapping[str, Any]) -> bytes:
    if not content.get("isBase64Encoded"):
        return str(content["body"]).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(content["body"], validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("the event's body is not base64, but isBase64Encoded says so") from None


def _header(value: Any) -> str:
    """A header's value in one line: it goes into an HTTP request as it is."""
    text = str(value)
    if not text.isprintable() or not text.isascii():
        raise Malformed("a header holds what no header may hold")
    return text


def _text(content_type: str, body: bytes) -> str | None:
    kind = content_type.partition(";")[0].strip().lower()
    if not (kind.startswith("text/") or kind.endswith(("json", "xml", "jsonlines"))):
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None

"""What a model in a Lambda function is sent and answers (containers/inference/serving/events.py has the other side). Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

_MODEL = re.compile(r"Model\.(\d{3})")


def event(body: bytes, content_type: str, accept: str) -> dict[str, Any]:
    """One request as an event, in the words of API Gateway's proxy events: text as text, everything else as base64."""
    headers = {name: value for name, value in (("Content-Type", content_type), ("Accept", accept)) if value}
    try:
        return {"body": body.decode("utf-8"), "isBase64Encoded": False, "headers": headers}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode("ascii"), "isBase64Encoded": True, "headers": headers}


def content(answer: Mapping[str, Any]) -> tuple[int, str, bytes]:
    """Status, content type and body of an answer."""
    text, headers = str(answer.get("body") or ""), answer.get("headers") or {}
    body = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode("utf-8", "surrogatepass")
    return int(answer["statusCode"]), str(headers.get("Content-Type", "application/json")), body


def model_status(error_type: str) -> int | None:
    """The container's own 5xx status behind an error of the function; None when the function failed by itself."""
    match = _MODEL.fullmatch(error_type)
    return int(match.group(1)) if match else None

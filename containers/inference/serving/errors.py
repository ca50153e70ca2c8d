"""What a request can be refused with, and the JSON that says so. Nothing of the model or the machine gets into it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    409: "conflict",
    413: "payload_too_large",
    415: "unsupported_media_type",
    500: "model_error",
    503: "overloaded",
    504: "model_timeout",
    507: "insufficient_memory",
}
"""The `code` of each status this container answers with."""

_PATH = re.compile(r"(?:[A-Za-z]:\\|/)[\w.-]+[/\\][\w./\\-]+")
_MAX_MESSAGE = 300


class RequestError(ValueError):
    """The request cannot be answered as asked; `status` is 400 to 507, the message is for the client."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Response:
    """One answer. `retry_after`: seconds for the Retry-After header, 0 for none."""

    status: int
    content_type: str
    body: bytes
    retry_after: int = 0


def failure(status: int, message: str, request_id: str = "", retry_after: int = 0) -> Response:
    """The error document `{"error": {"code", "message", "request_id"}}`."""
    document = {"error": {"code": CODES.get(status, "error"), "message": message, "request_id": request_id}}
    return Response(status, "application/json", json.dumps(document).encode() + b"\n", retry_after)


def shown(error: BaseException, instead: str) -> str:
    """The error's own words when they are fit for a client (short, no file path), else `instead`."""
    text = str(error)
    if not text or len(text) > _MAX_MESSAGE or not text.isprintable() or _PATH.search(text):
        return instead
    return text

"""Errors in the shape that each AWS protocol gives them, so that every SDK reads code and message."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from slipway.localaws.responses import Answer
from slipway.localaws.services import Protocol

NOT_IMPLEMENTED = "NotImplementedLocally"
"""The local AWS has no such action or service. HTTP 400: no SDK tries again."""
LOCAL_ERROR = "LocalAwsError"
"""The local AWS failed on its own account. HTTP 400 for the same reason; the traceback is in the server's log."""


def error(protocol: Protocol, code: str, message: str, status: int = 400) -> Answer:
    """An error answer with `code` and `message` in the protocol's own shape."""
    if protocol in ("json", "rest-json"):
        content_type = "application/x-amz-json-1.1" if protocol == "json" else "application/json"
        body = json.dumps({"__type": code, "message": message})
        return Answer(status, [("Content-Type", content_type), ("X-Amzn-ErrorType", code)], body.encode())
    detail = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if protocol == "query":
        body = f"<ErrorResponse><Error><Type>Sender</Type>{detail}</Error><RequestId>local</RequestId></ErrorResponse>"
        return Answer(status, [("Content-Type", "text/xml")], body.encode())
    if protocol == "ec2":
        body = f"<Response><Errors><Error>{detail}</Error></Errors><RequestID>local</RequestID></Response>"
        return Answer(status, [("Content-Type", "text/xml")], body.encode())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{detail}<RequestId>local</RequestId></Error>'
    return Answer(status, [("Content-Type", "application/xml")], body.encode())

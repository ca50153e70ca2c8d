"""InvokeEndpointWithResponseStream: the container's answer as an event stream of PayloadPart events.

The container's whole answer is awaited first; then it is sent in parts.
"""

from __future__ import annotations

import struct
import zlib

from slipway.localaws.hosting.live import LiveEndpoint
from slipway.localaws.responses import Answer
from slipway.localaws.runtime.invoke import invoked, result_headers
from slipway.localaws.runtime.request import Invocation

PART_BYTES = 64 * 1024
"""Payload of one event."""
_STRING = 7


def invoke_endpoint_with_response_stream(invocation: Invocation, endpoint: LiveEndpoint) -> Answer:
    """One request; errors are the same as for InvokeEndpoint, before the stream begins."""
    target, outcome = invoked(invocation, endpoint)
    headers = result_headers(target, outcome, "X-Amzn-SageMaker-Content-Type")
    parts = [outcome.body[start : start + PART_BYTES] for start in range(0, len(outcome.body), PART_BYTES)]
    body = b"".join(event("PayloadPart", part) for part in parts)
    return Answer(200, [("Content-Type", "application/vnd.amazon.eventstream"), *headers], body)


def event(kind: str, payload: bytes) -> bytes:
    """One message of the encoding application/vnd.amazon.eventstream: lengths, checksum, headers, payload, checksum."""
    head = _header(":message-type", "event") + _header(":event-type", kind) + _header(":content-type", "application/octet-stream")
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    return struct.pack(">B", len(name)) + name.encode() + struct.pack(">BH", _STRING, len(value)) + value.encode()

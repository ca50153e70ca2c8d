"""Data capture: requests and answers as JSON Lines in S3, in the schema of SageMaker Model Monitor (developer guide, "Capture data")."""

from __future__ import annotations

import base64
import json
import logging
import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from slipway.localaws import background, inside
from slipway.localaws.clock import real_seconds
from slipway.localaws.hosting.live import LiveEndpoint, Target
from slipway.localaws.runtime.container import Outcome
from slipway.localaws.runtime.request import Invocation

LOG = logging.getLogger("slipway.localaws")
FLUSH_SECONDS = 10.0
"""Seconds of AWS's time that a record waits at most."""
FLUSH_BYTES = 4 * 1024 * 1024
"""A file is written earlier when its records reach this."""

chance: Callable[[], float] = random.random
"""A number from 0 to 1; a request is captured when it is below the sampling percentage. Tests replace it."""


@dataclass
class _Buffer:
    """Records of one variant that are not in S3 yet."""

    account: str
    region: str
    folder: str
    kms_key: str
    since: float = field(default_factory=time.monotonic)
    lines: list[bytes] = field(default_factory=list)
    size: int = 0


_lock = threading.Lock()
_buffers: dict[tuple[str, str, str], _Buffer] = {}


def keep(invocation: Invocation, endpoint: LiveEndpoint, target: Target, outcome: Outcome, body: bytes | None = None) -> None:
    """Capture one answered request if configuration and sampling say so. Failed requests are not captured.

    `body` is what the container got, if that was not the invocation's own.
    """
    config = endpoint.config.get("DataCaptureConfig") or {}
    if not outcome.good or not config.get("EnableCapture") or chance() * 100 >= config["InitialSamplingPercentage"]:
        return
    line = json.dumps(record(invocation, outcome, config, invocation.body if body is None else body), ensure_ascii=False).encode() + b"\n"
    key = (endpoint.arn, target.variant, config["DestinationS3Uri"])
    full = None
    with _lock:
        buffer = _buffers.get(key)
        if buffer is None:
            folder = f"{config['DestinationS3Uri'].rstrip('/')}/{endpoint.name}/{target.variant}"
            buffer = _buffers[key] = _Buffer(endpoint.account, endpoint.region, folder, config.get("KmsKeyId", ""))
        buffer.lines.append(line)
        buffer.size += len(line)
        if buffer.size >= FLUSH_BYTES:
            full = _buffers.pop(key)
    if full:
        _write(full)
    background.wake()


def record(invocation: Invocation, outcome: Outcome, config: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """One line: input, output or both as CaptureOptions say, and what identifies the request."""
    modes = {option["CaptureMode"] for option in config.get("CaptureOptions", [])} or {"Input", "Output"}
    if "InputAndOutput" in modes:
        modes = {"Input", "Output"}
    data = {}
    if "Input" in modes:
        data["endpointInput"] = _side("INPUT", invocation.get("ContentType") or "", body, config)
    if "Output" in modes:
        data["endpointOutput"] = _side("OUTPUT", outcome.headers.get("content-type", ""), outcome.body, config)
    metadata: dict[str, Any] = {"eventId": str(uuid.uuid4())}
    if attributes := invocation.get("CustomAttributes"):
        metadata["customAttributes"] = [attributes]
    if inference_id := invocation.get("InferenceId"):
        metadata["inferenceId"] = inference_id
    metadata["inferenceTime"] = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}


def job() -> bool:
    """Write what has waited long enough. True while records wait."""
    flush(min_age=real_seconds(FLUSH_SECONDS))
    return bool(_buffers)


def flush(min_age: float = 0.0) -> None:
    """Write every record that has waited `min_age` real seconds."""
    now = time.monotonic()
    with _lock:
        due = [key for key, buffer in _buffers.items() if now - buffer.since >= min_age]
        ready = [_buffers.pop(key) for key in due]
    for buffer in ready:
        _write(buffer)


def forget() -> None:
    """Drop all records."""
    with _lock:
        _buffers.clear()


def _side(mode: str, content_type: str, body: bytes, config: Mapping[str, Any]) -> dict[str, str]:
    encoding = _encoding(content_type, config.get("CaptureContentTypeHeader") or {})
    try:
        data = body.decode() if encoding != "BASE64" else base64.b64encode(body).decode()
    except UnicodeDecodeError:
        encoding, data = "BASE64", base64.b64encode(body).decode()
    return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}


def _encoding(content_type: str, header: Mapping[str, list[str]]) -> str:
    """CSV and JSON for the types that CaptureContentTypeHeader lists; without it, for AWS's two usual ones."""
    plain = content_type.partition(";")[0].strip().lower()
    if plain in (header.get("CsvContentTypes") or ([] if header else ["text/csv"])):
        return "CSV"
    if plain in (header.get("JsonContentTypes") or ([] if header else ["application/json"])):
        return "JSON"
    return "BASE64"


def _write(buffer: _Buffer) -> None:
    now = datetime.now(timezone.utc)
    uri = f"{buffer.folder}/{now:%Y/%m/%d/%H}/{now:%M-%S}-{now.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
    try:
        inside.put_object(buffer.account, buffer.region, uri, b"".join(buffer.lines), "application/jsonlines", buffer.kms_key)
    except inside.NotWritten as reason:
        LOG.warning("%d captured records are lost: %s", len(buffer.lines), reason)

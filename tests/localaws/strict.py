"""boto3 clients that check every answer, over real HTTP, against botocore's service model.

botocore's own parsers are lenient: they ignore members that the model does not know and do not miss required ones. Here the raw
body of each JSON answer is walked beside the shape, and each parsed answer is checked for required members, types and enumerations.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

import boto3
from botocore.config import Config
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (datetime.datetime, int, float, str),
}


def problems(shape: Shape, value: Any, where: str, *, raw: bool) -> list[str]:
    """What is wrong with `value` as a `shape`. `raw`: it comes straight from the wire, so unknown members are wrong too."""
    if isinstance(shape, StructureShape):
        return _structure(shape, value, where, raw=raw)
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            return [f"{where}: {type(value).__name__} for a list"]
        return [found for index, item in enumerate(value) for found in problems(shape.member, item, f"{where}[{index}]", raw=raw)]
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            return [f"{where}: {type(value).__name__} for a map"]
        return [found for key, item in value.items() for found in problems(shape.value, item, f"{where}[{key}]", raw=raw)]
    return _scalar(shape, value, where)


def _structure(shape: StructureShape, value: Any, where: str, *, raw: bool) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {type(value).__name__} for a structure"]
    names = {member.serialization.get("name", name) if raw else name: name for name, member in shape.members.items()}
    found = [f"{where}: no member {name}" for name in set(value) - set(names) - {"ResponseMetadata"}]
    found += [f"{where}: {name} is required" for wire, name in names.items() if name in shape.required_members and value.get(wire) is None]
    for wire, name in names.items():
        if value.get(wire) is not None:
            found += problems(shape.members[name], value[wire], f"{where}.{wire}", raw=raw)
    return found


def _scalar(shape: Shape, value: Any, where: str) -> list[str]:
    if shape.name == "policyDocumentType" and isinstance(value, dict):
        return []  # botocore itself decodes IAM's policy documents.
    allowed = _TYPES.get(shape.type_name)
    if allowed and (not isinstance(value, allowed) or (isinstance(value, bool) and shape.type_name != "boolean")):
        return [f"{where}: {value!r} for a {shape.type_name}"]
    enumeration = getattr(shape, "enum", None)
    if enumeration and value not in enumeration:
        return [f"{where}: {value!r} is none of {enumeration}"]
    return []


class StrictClients:
    """`clients(service, account=..., region=...)` gives a boto3 client that fails on the first answer that is not AWS's shape."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, service: str, account: str = "111111111111", region: str = "eu-west-1") -> Any:
        client = boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="local",
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, proxies={}),
        )
        client.meta.events.register("after-call", _check)
        return client


def _check(http_response: Any, parsed: dict[str, Any], model: OperationModel, **_: Any) -> None:
    if http_response.status_code >= 300 or model.output_shape is None:
        return
    found: list[str] = []
    if model.service_model.protocol == "json":
        found = problems(model.output_shape, json.loads(http_response.content or b"{}"), model.name, raw=True)
    if not model.has_streaming_output and not model.has_event_stream_output:
        found += problems(model.output_shape, parsed, model.name, raw=False)
    assert not found, found

"""Cases as the load testers carry them: one JSON document in the function's package. Pure: runs in Lambda too."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from modules._shared.expected import Expected


@dataclass(frozen=True)
class LoadCase:
    """One request and what must come back. `headers` holds Content-Type and Accept among them, where the case has them."""

    name: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    expect: Expected = Expected()

    def difference(self, status: int, content_type: str | None, body: bytes) -> str | None:
        """What is wrong with an answer; None when it is as expected."""
        return self.expect.difference(status, content_type, body)


def dump(cases: Sequence[LoadCase]) -> bytes:
    """The cases as JSON: sorted keys, bytes in base64, the same on every run."""
    entries = [
        {"name": case.name, "body": _text(case.body), "headers": dict(case.headers), "expect": _expectation(case.expect)} for case in cases
    ]
    return json.dumps(entries, sort_keys=True, separators=(",", ":")).encode()


def parse(document: bytes) -> list[LoadCase]:
    """What `dump` wrote."""
    return [
        LoadCase(
            entry["name"],
            base64.b64decode(entry["body"]),
            entry["headers"],
            Expected(**{**entry["expect"], "body": base64.b64decode(entry["expect"]["body"])}),
        )
        for entry in json.loads(document)
    ]


def _expectation(expect: Expected) -> dict[str, Any]:
    return {**asdict(expect), "body": _text(expect.body)}


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()

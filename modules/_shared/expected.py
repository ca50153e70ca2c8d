"""What an answer must be, and what is wrong with one. Pure: the load testers that run in Lambda carry this file as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modules._shared.compare import bytes_difference, json_difference, parse_json, text_difference


@dataclass(frozen=True)
class Expected:
    """What an answer must be; `json`, `text` and `body` only where they are in `compares` (json, text or base64)."""

    status: int = 200
    content_type: str | None = None
    compares: str | None = None
    json: Any = None
    text: str = ""
    body: bytes = b""
    tolerance: float = 0.0

    def difference(self, status: int, content_type: str | None, body: bytes) -> str | None:
        """What is wrong with an answer, first difference only; None when it is as expected."""
        if status != self.status:
            said = body[:120].decode("utf-8", "replace").strip()
            return f"status: expected {self.status}, got {status}" + (f" ({said})" if said and status >= 400 else "")
        if self.content_type is not None and not _same_type(self.content_type, content_type or ""):
            return f"content type: expected {self.content_type}, got {content_type or 'none'}"
        return self._body_difference(body)

    def _body_difference(self, body: bytes) -> str | None:
        if self.compares == "json":
            try:
                return json_difference(self.json, parse_json(body), self.tolerance)
            except ValueError as error:
                return f"body: not JSON: {error}"
        if self.compares == "text":
            return text_difference(self.text, body.decode("utf-8", "replace"), self.tolerance)
        return bytes_difference(self.body, body) if self.compares == "base64" else None


def _same_type(expected: str, actual: str) -> bool:
    def parts(text: str) -> list[str]:
        return [part.strip().lower() for part in text.split(";")]

    return parts(expected) == parts(actual) if ";" in expected else parts(expected)[0] == parts(actual)[0]

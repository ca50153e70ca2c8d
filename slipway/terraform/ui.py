"""Terraform's machine-readable output (`-json`): progress for people, diagnostics for errors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slipway.errors import SlipwayError
from slipway.progress import Reporter

_FIXED_WAITS = {
    "aws_s3_bucket_lifecycle_configuration": 56,
    "aws_sqs_queue": 25,
    "aws_sqs_queue_policy": 25,
    "aws_kms_key": 12,
    "aws_vpc": 10,
}
"""Seconds for which the AWS provider waits whatever the server answers, by resource type (measured, provider 5.100)."""
_DONE = {"create": "created", "update": "updated", "delete": "destroyed", "replace": "replaced", "read": "read"}


@dataclass(frozen=True)
class Diagnostic:
    """One error or warning of Terraform."""

    severity: str
    summary: str
    detail: str = ""
    address: str = ""

    def __str__(self) -> str:
        text = f"{self.address}: {self.summary}" if self.address else self.summary
        return f"{text}: {' '.join(self.detail.split())}" if self.detail else text


class TerraformError(SlipwayError):
    """Terraform ended with an error; `diagnostics` holds what it said, first cause first."""

    def __init__(self, message: str, diagnostics: list[Diagnostic], *, fix: str = "") -> None:
        super().__init__(message, fix=fix, details={"diagnostics": [vars(item) for item in diagnostics]})
        self.diagnostics = diagnostics


@dataclass
class Stream:
    """Reads one command's lines: reports progress, collects diagnostics, counts and what was done to which resource."""

    scope: str
    reporter: Reporter
    on_done: Callable[[str, str], None] = lambda _address, _action: None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    changes: dict[str, int] = field(default_factory=dict)
    other: list[str] = field(default_factory=list)
    _open: dict[str, int] = field(default_factory=dict)

    def line(self, text: str) -> None:
        """Take one line; what is not JSON (as `init` prints in part) is kept for an error without diagnostics."""
        try:
            event = json.loads(text)
            kind = str(event.get("type", ""))
        except (ValueError, AttributeError):
            self.other += [text] if text.strip() else []
            return
        handler = getattr(self, f"_{kind}", None)
        if handler is not None:
            handler(event)

    def _diagnostic(self, event: dict[str, Any]) -> None:
        said = event.get("diagnostic", {})
        item = Diagnostic(said.get("severity", "error"), said.get("summary", ""), said.get("detail", ""), said.get("address", ""))
        if item not in self.diagnostics:
            self.diagnostics.append(item)

    def _change_summary(self, event: dict[str, Any]) -> None:
        self.changes = {key: value for key, value in event.get("changes", {}).items() if isinstance(value, int)}

    def _apply_start(self, event: dict[str, Any]) -> None:
        address, _ = _resource(event)
        self._open[address] = 0
        self._show_wait()

    def _apply_progress(self, event: dict[str, Any]) -> None:
        address, _ = _resource(event)
        self._open[address] = int(event["hook"].get("elapsed_seconds", 0))
        self._show_wait()

    def _apply_complete(self, event: dict[str, Any]) -> None:
        address, action = _resource(event)
        self._open.pop(address, None)
        seconds = event["hook"].get("elapsed_seconds", 0)
        self.reporter.info(self.scope, f"{address} {_DONE.get(action, action)}" + (f" ({seconds} s)" if seconds else ""))
        self._show_wait()
        self.on_done(address, action)

    def _apply_errored(self, event: dict[str, Any]) -> None:
        address, action = _resource(event)
        self._open.pop(address, None)
        self.reporter.info(self.scope, f"{address} failed to {action}")
        self._show_wait()

    def _show_wait(self) -> None:
        """The slowest open resource, with how long the provider is known to take; nothing for quick ones."""
        slow = [(address, seconds) for address, seconds in self._open.items() if seconds >= 10 or resource_type(address) in _FIXED_WAITS]
        if not slow:
            self.reporter.waiting(self.scope, "")
            return
        address, seconds = max(slow, key=lambda item: (_FIXED_WAITS.get(resource_type(item[0]), 0), item[1]))
        known = _FIXED_WAITS.get(resource_type(address))
        shown = seconds // 30 * 30 if seconds >= 30 or known else seconds
        parts = ([f"provider waits ~{known} s"] if known else []) + ([f"{shown} s so far"] if shown else [])
        more = f", and {len(slow) - 1} more" if len(slow) > 1 else ""
        self.reporter.waiting(self.scope, f"{address}: {', '.join(parts)}{more}")

    def error(self, action: str, code: int) -> TerraformError:
        """The command's failure, condensed: the errors themselves, or the last lines when it named none."""
        errors = [item for item in self.diagnostics if item.severity == "error"]
        if not errors:
            text = " ".join(" ".join(self.other[-8:]).split()) or f"no message, exit code {code}"
            text = f"terraform was killed by signal {-code}" if code < 0 else text
            errors = [Diagnostic("error", re.sub(r"[╷│╵]\s?", "", text))]
        more = f" (and {len(errors) - 3} more: see --json)" if len(errors) > 3 else ""
        return TerraformError(f"terraform {action} of {self.scope} failed: " + "; ".join(map(str, errors[:3])) + more, errors)


def _resource(event: dict[str, Any]) -> tuple[str, str]:
    hook = event["hook"]
    return str(hook["resource"]["addr"]), str(hook.get("action", ""))


def resource_type(address: str) -> str:
    """The resource type: `aws_kms_key` of `module.x["a.b"].aws_kms_key.main["k"]`."""
    parts = re.sub(r'\["?[^\]]*\]', "", address).split(".")
    return parts[-2] if len(parts) > 1 else parts[0]

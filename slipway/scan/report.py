"""What a scan found. Absence of evidence is a problem, and a problem fails like a finding does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, order=True)
class Finding:
    """One resource that breaks one rule. `seen_in` is `source` (the synthesized JSON) or `plan`."""

    stack: str
    rule: str
    resource: str
    title: str
    reason: str = ""
    fix: str = ""
    severity: str = "medium"
    file: str = ""
    line: int = 1
    seen_in: str = "source"

    @property
    def key(self) -> tuple[str, str, str]:
        """Two findings with one key are one finding."""
        return (self.stack, self.rule, self.resource)


@dataclass(frozen=True)
class Acknowledged:
    """A finding that the environment file accepts, why and until when (ISO date)."""

    finding: Finding
    reason: str
    expires: str


@dataclass(frozen=True)
class Problem:
    """Why the scan cannot be relied on. `code` is stable, for scripts:

    `nothing-scanned`, `not-parsed`, `stack-missing`, `unknown-framework`, `check-not-loaded`, `record-missing`,
    `rule-failed`, `plan-not-read`, `acknowledgement-expired`, `acknowledgement-unused`, `acknowledgement-without-reason`.
    """

    code: str
    message: str
    fix: str = ""


@dataclass(frozen=True)
class Coverage:
    """How much was looked at. `records` counts answers of checkov, `answers` those of Slipway's rules."""

    stacks: tuple[str, ...] = ()
    resources: int = 0
    records: int = 0
    answers: int = 0
    plans: tuple[str, ...] = ()
    skipped_checks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """The result of one scan of one environment."""

    environment: str
    production: bool
    findings: tuple[Finding, ...]
    acknowledged: tuple[Acknowledged, ...]
    problems: tuple[Problem, ...]
    coverage: Coverage

    @property
    def ok(self) -> bool:
        """Nothing is open: no unacknowledged finding, and nothing that makes the scan unreliable."""
        return not self.findings and not self.problems

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {"ok": self.ok, **asdict(self)}

    def to_sarif(self) -> dict[str, Any]:
        """The report as a SARIF 2.1.0 log, the form that code scanning services read."""
        from slipway.scan.sarif import sarif

        return sarif(self)

"""Writes documents as a synthesized output folder and scans it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slipway.scan.report import Report
from slipway.scan.scan import scan

TODAY = datetime.date(2026, 6, 1)


@dataclass(frozen=True)
class Entry:
    """An acknowledgement."""

    rule: str
    resource: str
    reason: str = "agreed with security"
    expires: datetime.date = datetime.date(2027, 1, 1)


@dataclass(frozen=True)
class Name:
    """Stands for `Naming`."""

    environment: str


@dataclass(frozen=True)
class Config:
    """Stands for `EnvironmentConfig`."""

    naming: Name = Name("prod")
    acknowledgements: tuple[Entry, ...] = field(default=())
    production: bool | None = None


def write(out: Path, documents: Mapping[str, Any]) -> Path:
    """The documents as `stacks/<stack>/cdk.tf.json` below `out`."""
    for stack, content in documents.items():
        folder = out / "stacks" / stack
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cdk.tf.json").write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    return out


def scan_documents(out: Path, documents: Mapping[str, Any], *entries: Entry, environment: str = "prod", **options: Any) -> Report:
    """Write and scan."""
    return scan(write(out, documents), Config(Name(environment), entries), today=TODAY, **options)


def rules_found(report: Report) -> set[str]:
    """Ids of the open findings."""
    return {finding.rule for finding in report.findings}


def codes(report: Report) -> set[str]:
    """Codes of the problems."""
    return {problem.code for problem in report.problems}


def scan_config(out: Path, config: Config) -> Report:
    """Scan what is already written."""
    return scan(out, config, today=TODAY)

"""Findings that the environment file accepts."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Protocol

from slipway.scan.report import Acknowledged, Finding, Problem


class Acknowledgement(Protocol):
    """An entry of `acknowledgements` in an environment file."""

    @property
    def rule(self) -> str:
        """Id of the rule."""

    @property
    def resource(self) -> str:
        """Terraform address, with `*` and `?` as in a file name."""

    @property
    def reason(self) -> str:
        """Why the finding is accepted."""

    @property
    def expires(self) -> datetime.date:
        """Last day it holds."""


def acknowledge(
    findings: Iterable[Finding], entries: Sequence[Acknowledgement], today: datetime.date
) -> tuple[list[Finding], list[Acknowledged], list[Problem]]:
    """Split findings into open and accepted ones; entries that are expired, unused or without reason are problems and accept nothing."""
    valid, problems = [], []
    for entry in entries:
        problem = _invalid(entry, today)
        if problem is None:
            valid.append(entry)
        else:
            problems.append(problem)
    still_open, accepted, used = [], [], set()
    for finding in findings:
        matching = [entry for entry in valid if _matches(entry, finding)]
        used |= {id(entry) for entry in matching}
        if matching:
            accepted.append(Acknowledged(finding, matching[0].reason, matching[0].expires.isoformat()))
        else:
            still_open.append(finding)
    problems += [_unused(entry) for entry in valid if id(entry) not in used]
    return still_open, accepted, problems


def _matches(entry: Acknowledgement, finding: Finding) -> bool:
    return entry.rule == finding.rule and fnmatchcase(finding.resource, entry.resource)


def _invalid(entry: Acknowledgement, today: datetime.date) -> Problem | None:
    named = f"acknowledgement of {entry.rule} on {entry.resource}"
    if not entry.reason.strip():
        return Problem("acknowledgement-without-reason", f"{named} gives no reason", "say why the finding is accepted")
    if entry.expires < today:
        return Problem(
            "acknowledgement-expired", f"{named} expired on {entry.expires}", "correct the resource, or decide again and set a new date"
        )
    return None


def _unused(entry: Acknowledgement) -> Problem:
    text = f"acknowledgement of {entry.rule} on {entry.resource} matches no finding"
    return Problem("acknowledgement-unused", text, "remove it from the environment file, or correct rule or resource")

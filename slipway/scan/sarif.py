"""A report as SARIF 2.1.0 (OASIS). Acknowledged findings are suppressed results; problems are notifications."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from policies.catalog import graph_checks, rules
from slipway.scan.report import Finding, Problem, Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"high": "error", "medium": "warning", "low": "note"}


def sarif(report: Report) -> dict[str, Any]:
    """One run with a rule for every id that was found, and one result for every finding."""
    everything = [*report.findings, *(entry.finding for entry in report.acknowledged)]
    described = sorted({finding.rule: finding for finding in everything}.values(), key=lambda finding: finding.rule)
    index = {finding.rule: position for position, finding in enumerate(described)}
    results = [_result(finding, index[finding.rule]) for finding in report.findings]
    for entry in report.acknowledged:
        suppression = {"kind": "external", "status": "accepted", "justification": f"{entry.reason} (until {entry.expires})"}
        results.append({**_result(entry.finding, index[entry.finding.rule]), "suppressions": [suppression]})
    driver = {"name": "slipway scan", "rules": [_rule(finding) for finding in described]}
    notifications = [_notification(problem) for problem in report.problems]
    invocation = {"executionSuccessful": not report.problems, "toolExecutionNotifications": notifications}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "invocations": [invocation], "results": results}]}


def _rule(finding: Finding) -> dict[str, Any]:
    own = rules().get(finding.rule) or graph_checks().get(finding.rule)
    entry: dict[str, Any] = {"id": finding.rule, "shortDescription": {"text": finding.title}}
    entry["fullDescription"] = {"text": own.why if own else finding.title}
    entry["help"] = {"text": (own.fix if own else finding.fix) or finding.title}
    entry["defaultConfiguration"] = {"level": _LEVELS[finding.severity]}
    return entry


def _result(finding: Finding, position: int) -> dict[str, Any]:
    text = f"{finding.stack} {finding.resource}: {finding.reason or finding.title}"
    fingerprint = hashlib.sha256("\n".join(finding.key).encode()).hexdigest()
    return {
        "ruleId": finding.rule,
        "ruleIndex": position,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": _uri(finding.file)}, "region": {"startLine": finding.line}},
                "logicalLocations": [{"fullyQualifiedName": f"{finding.stack}/{finding.resource}", "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"slipwayFinding/v1": fingerprint},
    }


def _uri(file: str) -> str:
    """A path below the working directory as a relative URI, as code scanning wants it; any other as file URI."""
    path = Path(file).resolve()
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.as_uri()


def _notification(problem: Problem) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": f"{problem.message} ({problem.fix})" if problem.fix else problem.message},
        "descriptor": {"id": problem.code},
    }

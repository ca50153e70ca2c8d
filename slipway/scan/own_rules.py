"""Applies Slipway's own rules to an estate."""

from __future__ import annotations

from collections.abc import Iterable

from policies.catalog import rules
from policies.estate import Estate, Resource
from policies.rule import Answer, Rule, Verdict
from slipway.scan.documents import Lines
from slipway.scan.report import Finding, Problem


def judge(estate: Estate, lines: Lines) -> tuple[list[Finding], list[Problem], int]:
    """Findings (UNKNOWN counts as one), rules that raised, and the number of answers other than NOT_APPLICABLE."""
    findings, problems, answers = [], [], 0
    for rule in rules().values():
        for resource in _subjects(rule, estate):
            try:
                verdict = rule.judge(resource, estate)
            except Exception as error:
                message = f"{rule.id} failed on {resource.address} of {resource.document.stack}: {type(error).__name__}: {error}"
                problems.append(Problem("rule-failed", message, "the resource has a shape the rule does not expect; correct one of them"))
                continue
            answers += verdict.answer is not Answer.NOT_APPLICABLE
            if verdict.answer in (Answer.FAIL, Answer.UNKNOWN):
                findings.append(_finding(rule, resource, verdict, lines))
    return findings, problems, answers


def _subjects(rule: Rule, estate: Estate) -> Iterable[Resource]:
    return estate.resources() if "*" in rule.applies_to else estate.resources(*rule.applies_to)


def _finding(rule: Rule, resource: Resource, verdict: Verdict, lines: Lines) -> Finding:
    unread = verdict.answer is Answer.UNKNOWN
    return Finding(
        stack=resource.document.stack,
        rule=rule.id,
        resource=resource.address,
        title=rule.title,
        reason=f"cannot be told: {verdict.reason}" if unread else verdict.reason,
        fix=rule.fix,
        severity=rule.severity,
        file=resource.document.path,
        line=lines.of(resource.document, resource.type, resource.logical_id),
    )

"""What a rule is: one demand on synthesized Terraform JSON, with four possible answers."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from policies.estate import Estate, Resource


class Answer(enum.Enum):
    """What a rule says about one resource. UNKNOWN is reported and fails, because nobody has checked the value."""

    PASS = "pass"  # noqa: S105 - an answer, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    """An answer; `reason` says what is wrong, with the value that was seen. Empty for PASS and NOT_APPLICABLE."""

    answer: Answer
    reason: str = ""


PASS = Verdict(Answer.PASS)
NOT_APPLICABLE = Verdict(Answer.NOT_APPLICABLE)


def fail(reason: str) -> Verdict:
    """The resource breaks the rule."""
    return Verdict(Answer.FAIL, reason)


def unknown(reason: str) -> Verdict:
    """The value is only known to Terraform, so the rule cannot tell."""
    return Verdict(Answer.UNKNOWN, reason)


def verdict(problems: Iterable[str], unknowns: Iterable[str] = ()) -> Verdict:
    """FAIL with all problems, else UNKNOWN with all unknowns, else PASS."""
    if found := list(problems):
        return fail("; ".join(found))
    if unread := list(unknowns):
        return unknown("; ".join(unread))
    return PASS


@dataclass(frozen=True)
class Rule:
    """One demand. Whatever else is said of it (RULES.md, SARIF, the table) is generated from here.

    `applies_to` names resource types; `terraform` stands for a whole stack document, `*` for every resource.
    `severity` is high, medium or low. `production_only` rules are not applied in other environments. A rule that reads
    one resource and nothing else (`alone`) is also offered to checkov, so that bare `checkov` knows it
    (policies/checks/bridge.py).
    """

    id: str
    title: str
    why: str
    fix: str
    applies_to: tuple[str, ...]
    check: Callable[[Resource, Estate], Verdict]
    severity: str = "high"
    production_only: bool = False
    alone: bool = False

    def matches(self, resource: Resource) -> bool:
        """Whether the rule looks at this resource at all."""
        return resource.type in self.applies_to or ("*" in self.applies_to and resource.type != "terraform")

    def judge(self, resource: Resource, estate: Estate) -> Verdict:
        """The answer for one resource of the estate."""
        if not self.matches(resource) or (self.production_only and not estate.production):
            return NOT_APPLICABLE
        return self.check(resource, estate)

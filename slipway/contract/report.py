"""The outcome of a contract test: for people, as JSON and as JUnit XML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from slipway.contract.clause import Clause, Outcome, Verdict


@dataclass(frozen=True)
class Result:
    """One clause's outcome; `seconds` is what checking took."""

    clause: Clause[Any]
    outcome: Outcome
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The result for `--json`."""
        found = {"verdict": self.outcome.verdict, "measured": self.outcome.measured, "seconds": round(self.seconds, 3)}
        return {**self.clause.as_dict(), **found, **({"fix": self.clause.fix} if self.outcome.verdict == "fail" else {})}


@dataclass(frozen=True)
class Report:
    """All results of one container, in the order they were checked. `name` is what was tested."""

    name: str
    results: tuple[Result, ...]

    def count(self, verdict: Verdict) -> int:
        """How many clauses ended with `verdict`."""
        return sum(result.outcome.verdict == verdict for result in self.results)

    @property
    def failed(self) -> list[str]:
        """Ids of the broken clauses."""
        return [result.clause.id for result in self.results if result.outcome.verdict == "fail"]

    def as_dict(self) -> dict[str, Any]:
        """The report for `--json`."""
        counts = {"pass": self.count("pass"), "fail": self.count("fail"), "not_applicable": self.count("not applicable")}
        return {"container": self.name, "counts": counts, "clauses": [result.as_dict() for result in self.results]}

    def junit(self) -> str:
        """The report as JUnit XML: a suite with one test case per clause; what is not applicable counts as skipped."""
        seconds = f"{sum(result.seconds for result in self.results):.3f}"
        counts = {"tests": len(self.results), "failures": self.count("fail"), "skipped": self.count("not applicable"), "errors": 0}
        attributes = {"name": f"contract of {self.name}", **{name: str(number) for name, number in counts.items()}, "time": seconds}
        suite = ElementTree.Element("testsuite", attributes)
        for result in self.results:
            suite.append(_junit_case(result))
        suites = ElementTree.Element("testsuites")
        suites.append(suite)
        ElementTree.indent(suites)
        return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _junit_case(result: Result) -> ElementTree.Element:
    clause, outcome = result.clause, result.outcome
    attributes = {"classname": clause.id, "name": clause.title, "time": f"{result.seconds:.3f}"}
    case = ElementTree.Element("testcase", attributes)
    if outcome.verdict == "fail":
        failure = ElementTree.SubElement(case, "failure", {"message": _printable(outcome.measured)})
        failure.text = f"{clause.rule.name} {clause.rule.url}\nfix: {clause.fix}"
    elif outcome.verdict == "not applicable":
        ElementTree.SubElement(case, "skipped", {"message": _printable(outcome.measured)})
    else:
        ElementTree.SubElement(case, "system-out").text = _printable(outcome.measured)
    return case


def _printable(text: str) -> str:
    """Without what XML cannot hold: a container may have said anything."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)

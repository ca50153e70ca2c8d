"""One scan of one environment: checkov on the source, checkov on the plans, Slipway's rules, one report."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from policies.catalog import graph_checks, rules
from policies.estate import Estate
from slipway.config.names import names_production
from slipway.progress import Reporter, Silent
from slipway.scan import checkov_runs, coverage
from slipway.scan.acknowledge import Acknowledgement, acknowledge
from slipway.scan.addresses import addresses, by_file
from slipway.scan.documents import Lines, read_estate
from slipway.scan.own_rules import judge
from slipway.scan.report import Coverage, Finding, Problem, Report


class Environment(Protocol):
    """What a scan needs of `slipway.config.environment.EnvironmentConfig`."""

    @property
    def naming(self) -> Any:
        """Has `environment`: the stacks `<environment>-*` are scanned."""

    @property
    def acknowledgements(self) -> Sequence[Acknowledgement]:
        """Accepted findings."""


def is_production(config: Environment) -> bool:
    """Whether the rules for production apply: what the field `production` says, else a name like `prod` or `prod-eu`."""
    return names_production(config.naming.environment, getattr(config, "production", None))


def scan(
    out_dir: Path,
    environment_config: Environment,
    plans: Mapping[str, Path] | None = None,
    today: datetime.date | None = None,
    reporter: Reporter | None = None,
) -> Report:
    """Scan the environment's stacks below `out_dir`; `plans` maps stack names to files of `terraform show -json`.

    Never raises for what it finds: the report says whether it is `ok`.
    """
    name, plans, reporter = environment_config.naming.environment, plans or {}, reporter or Silent()
    estate, problems = read_estate(out_dir, name, is_production(environment_config))
    reporter.step(name, f"checking {len(estate.documents)} stacks with checkov")
    found, seen, more = _source(estate)
    problems += more
    records = len(seen)
    for stack, path in sorted(plans.items()):
        reporter.step(stack, "checking the plan with checkov")
        on_plan, answered, more = _plan(stack, path)
        found, records, problems = found + on_plan, records + answered, problems + more
    reporter.step(name, "applying Slipway's rules")
    own, more, answers = judge(estate, Lines())
    problems += more
    findings = _merge([*own, *found])
    still_open, accepted, more = acknowledge(findings, environment_config.acknowledgements, today or datetime.date.today())
    looked_at = _coverage(estate, plans, records, answers)
    return Report(name, estate.production, tuple(still_open), tuple(accepted), tuple([*problems, *more]), looked_at)


def _coverage(estate: Estate, plans: Mapping[str, Path], records: int, answers: int) -> Coverage:
    return Coverage(
        stacks=tuple(document.stack for document in estate.documents),
        resources=sum(resource.type != "terraform" for resource in estate.resources()),
        records=records,
        answers=answers,
        plans=tuple(sorted(plans)),
        skipped_checks=dict(coverage.skips()),
    )


def _source(estate: Estate) -> tuple[list[Finding], coverage.Seen, list[Problem]]:
    files = [Path(document.path).resolve() for document in estate.documents]
    if not files:
        return [], set(), []
    records, problems = checkov_runs.run(files, "terraform_json", skip=coverage.skips())
    documents = by_file(estate.documents)
    findings: list[Finding] = []
    seen: coverage.Seen = set()
    for record in records:
        document = documents[record.file]
        for address in addresses(record, document):
            seen.add((document.stack, address, record.check))
            if not record.passed and record.check not in rules():  # of Slipway's own the answer that saw the whole estate counts
                findings.append(_finding(record, document.stack, address, document.path, "source"))
    if any(problem.code == "not-parsed" for problem in problems):
        return findings, seen, problems  # a line for each resource of that file would bury the cause
    return findings, seen, [*problems, *coverage.missing_on_source(estate, seen)]


def _plan(stack: str, path: Path) -> tuple[list[Finding], int, list[Problem]]:
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(plan, dict) or not isinstance(plan["planned_values"], dict) or "format_version" not in plan:
            raise ValueError("no planned_values")
    except (OSError, ValueError, KeyError) as error:
        return (
            [],
            0,
            [Problem("plan-not-read", f"{stack}: {path} is no plan: {error}", "give the output of `terraform show -json PLANFILE`")],
        )
    only = sorted({check for checks in coverage.required("plan").values() for check in checks})
    records, problems = checkov_runs.run([path.resolve()], "terraform_plan", only=only)
    answered = {(stack, record.resource, record.check) for record in records}
    findings = [_finding(record, stack, record.resource, str(path), "plan") for record in records if not record.passed]
    return findings, len(records), [*problems, *coverage.missing_on_plan(stack, plan, answered)]


def _finding(record: checkov_runs.Record, stack: str, address: str, file: str, seen_in: str) -> Finding:
    ours = graph_checks().get(record.check)
    return Finding(
        stack=stack,
        rule=record.check,
        resource=address,
        title=record.title,
        fix=ours.fix if ours else record.guideline,
        severity="high" if ours else "medium",
        file=file,
        line=record.line,
        seen_in=seen_in,
    )


def _merge(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each stack, rule and resource. Slipway's own words come first: they say what was seen."""
    kept: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        kept.setdefault(finding.key, finding)
    return sorted(kept.values())

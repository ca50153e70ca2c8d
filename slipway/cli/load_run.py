"""What `slipway load` does once its options are understood: run, search, write."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.cli.failures import INTERRUPTED
from slipway.cli.load_view import Live, report_view, search_view, step_line
from slipway.cli.output import TerminalReporter, show
from slipway.errors import InputError, SlipwayError
from slipway.project import project_root

if TYPE_CHECKING:
    from slipway.artifacts.account import Account
    from slipway.load.find_max import Found
    from slipway.load.fleet import Fleet
    from slipway.load.prepare import Asked, Prepared
    from slipway.load.scaling_target import Place

_AUTH_KINDS = ("aws_iam", "api_key", "cognito", "open")
_MOST_PROCESSES = 4
_SEARCH_WARMUP = 2.0
"""Seconds of each step of a search that are not timed where nothing is said: every step opens its connections anew."""


@dataclass(frozen=True)
class Output:
    """Where reports go."""

    report: Path | None
    html: Path | None
    as_json: bool

    def check(self) -> None:
        """InputError when a file cannot be written, before the test that it is about."""
        for path in (self.report, self.html):
            if path is not None and (path.is_dir() or not path.parent.is_dir()):
                raise InputError(f"{path} cannot be written", fix="name a file in a folder that exists")

    def write(self, document: Mapping[str, Any], page: Callable[[Any], str]) -> None:
        """Write what was asked for; JSON first, so that a page that cannot be drawn loses nothing."""
        if self.report is not None:
            self.report.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        if self.html is not None:
            self.html.write_text(page(document), encoding="utf-8")


@dataclass(frozen=True)
class Writing:
    """What --write-target asks for."""

    env: str
    wanted: bool
    safety_factor: float

    def check(self, asked: Asked) -> None:
        """InputError for options that mean nothing together."""
        from slipway.load.destination import is_url

        if not 0 < self.safety_factor <= 1:
            raise InputError(f"--safety-factor {self.safety_factor:g}: must be above 0 and at most 1", fix="AWS's guide uses 0.5")
        if self.wanted and (not asked.find_max or is_url(asked.target) or asked.through == "api"):
            raise InputError(
                "--write-target needs --find-max and an endpoint asked without the API",
                fix="slipway load ENV ENDPOINT --find-max --slo-p99 MS --write-target",
            )


def start(options: Mapping[str, Any]) -> int:
    """`slipway load run` with its options; the exit code. After Ctrl-C the report has been shown, so nothing more is told: SystemExit."""
    code = _start(options)
    if code == INTERRUPTED:
        raise SystemExit(code)
    return code


def _start(options: Mapping[str, Any]) -> int:
    if options["distributed"] or options["clients"] is not None or options["interval"] is not None:
        from slipway.cli.load_distributed import start_testers

        return start_testers(options)
    asked = asked_of(options)
    output = Output(options["report"], options["html"], options["as_json"])
    writing = Writing(options["env"], options["write_target"], options["safety_factor"])
    writing.check(asked)
    output.check()
    account = _account(options["env"], asked, local=options["local"])
    return search(account, asked, output, writing) if asked.find_max else send(account, asked, output)


def asked_of(options: Mapping[str, Any]) -> Asked:
    """What the options ask for. InputError for a kind of authorization that does not exist."""
    from slipway.load.prepare import Asked
    from slipway.load.slo import Objective

    auth = options["auth"]
    if auth and auth not in _AUTH_KINDS:
        raise InputError(f"--auth {auth}: there is no such kind", fix=f"one of {', '.join(_AUTH_KINDS)}")
    same = ("target", "cases", "rate", "ramp", "trace", "duration", "poisson", "seed", "max_in_flight", "timeout", "variant", "through")
    warmup = options["warmup"]
    return Asked(
        **{name: options[name] for name in (*same, "target_model", "find_max")},
        case_names=tuple(options["case"] or ()),
        processes=options["processes"] or min(_MOST_PROCESSES, os.cpu_count() or 1),
        warmup=_SEARCH_WARMUP * options["find_max"] if warmup is None else warmup,
        auth=auth or None,
        objective=Objective(options["slo_p99"], options["error_budget"]),
    )


def _account(env: str, asked: Asked, *, local: bool) -> Account:
    """The account, on AWS or the local one. What goes to a URL may need no credentials at all."""
    from slipway.artifacts.account import Account
    from slipway.config.load import load_environment
    from slipway.load.destination import is_url
    from slipway.terraform.local_target import local_url

    root = project_root()
    account = Account(load_environment(env, root), local_url=local_url(root) if local else None)
    if not is_url(asked.target):
        account.require()
    return account


def send(account: Account, asked: Asked, output: Output) -> int:
    """One run; the exit code."""
    from slipway.load.html import report_page
    from slipway.load.prepare import prepare
    from slipway.load.report import build
    from slipway.load.run import run

    prepared = prepare(account, asked)
    with Live(prepared.destination.name) as live:
        measured = run(prepared.plan, live)
    report = build(prepared.plan, measured, prepared.about, asked.objective)
    output.write(report, report_page)
    show(report, output.as_json, lambda console: report_view(console, report))
    return INTERRUPTED if measured.interrupted else 0 if report["objective"]["met"] else 1


def search(account: Account, asked: Asked, output: Output, writing: Writing) -> int:
    """The search for the highest rate, and what is written of it; the exit code."""
    from slipway.load.html import search_page
    from slipway.load.prepare import prepare
    from slipway.load.search import as_document
    from slipway.load.search import search as find

    prepared = prepare(account, asked)
    goal = _Goal.of(account, asked, prepared, writing) if writing.wanted else None
    reporter = TerminalReporter()
    with Live(prepared.destination.name) as live:
        found = find(prepared, asked.objective, live, lambda step: reporter.step(prepared.destination.name, step_line(step)))
    document = as_document(found, prepared, asked.objective)
    try:
        if goal is not None:
            document["scaling_target"] = goal.write(account, prepared, found)
    finally:
        output.write(document, search_page)
        show(document, output.as_json, lambda console: search_view(console, document))
    return INTERRUPTED if found.limited_by == "interrupted" else 0 if found.limited_by in ("objective", "largest rate") else 1


@dataclass(frozen=True)
class _Goal:
    """Where the target will be written, and the fleet it is measured on: both found before the search."""

    place: Place
    before: Fleet
    writing: Writing

    @classmethod
    def of(cls, account: Account, asked: Asked, prepared: Prepared, writing: Writing) -> _Goal:
        from slipway.load.fleet import fleet
        from slipway.load.scaling_target import find_place

        before = fleet(account, prepared.destination.name, asked.variant)
        key = prepared.destination.name.removeprefix(account.naming.name(""))
        return cls(find_place(writing.env, project_root(), key, before.variant), before, writing)

    def write(self, account: Account, prepared: Prepared, found: Found) -> dict[str, Any]:
        """Write the target. SlipwayError when the search did not end at the objective, or the fleet changed: nothing is written then."""
        from slipway.load.fleet import fleet, require_same
        from slipway.load.scaling_target import target_value, write_target

        if found.limited_by != "objective":
            raise SlipwayError(f"no target was written: the search ended by {found.limited_by}", fix="repeat it; see its steps above")
        require_same(self.before, fleet(account, prepared.destination.name, prepared.destination.variant))
        per_instance = self.before.per_instance(found.rate)
        value = target_value(per_instance, self.writing.safety_factor)
        write_target(self.place, self.writing.env, project_root(), value)
        return {
            "variant": self.before.variant,
            "instances": self.before.instances,
            "max_rate_per_instance": round(per_instance, 3),
            "safety_factor": self.writing.safety_factor,
            "target_value": value,
            "was": self.place.old,
            "file": f"environments/{self.place.path.name}",
            "line": self.place.line,
        }

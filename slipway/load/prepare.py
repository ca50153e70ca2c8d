"""From what was asked for on the command line to a plan, with every mistake told before the first request."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from slipway.errors import InputError
from slipway.load.arrivals import Schedule, constant, parse_ramp, ramp
from slipway.load.destination import Destination, api, chosen_cases, endpoint, is_url, through_api, url
from slipway.load.plan import MAX_IN_FLIGHT, TIMEOUT, Plan
from slipway.load.signing import AuthKind
from slipway.load.slo import Objective
from slipway.load.trace import read_trace

if TYPE_CHECKING:
    from slipway.artifacts.account import Account

MAX_PROCESSES = 64
LARGEST_IN_FLIGHT = 20_000
STEP_SECONDS = 15.0
"""Seconds of one step of --find-max where nothing is said."""
FIRST_RATE = 10.0
"""Requests per second of the first step of --find-max where nothing is said."""
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Asked:
    """The command line. Times in seconds, rates in requests per second; None where nothing was said."""

    target: str
    cases: Path | None = None
    case_names: tuple[str, ...] = ()
    rate: float | None = None
    ramp: str = ""
    trace: Path | None = None
    duration: str = ""
    poisson: bool = False
    seed: int = 1
    processes: int = 1
    max_in_flight: int = MAX_IN_FLIGHT
    timeout: float = TIMEOUT
    warmup: float = 0.0
    through: Literal["endpoint", "api"] = "endpoint"
    auth: AuthKind | None = None
    variant: str = ""
    target_model: str = ""
    find_max: bool = False
    objective: Objective = Objective()


@dataclass(frozen=True)
class Prepared:
    """A plan, and what the report says about it."""

    plan: Plan
    destination: Destination
    about: dict[str, Any]


def duration_seconds(text: str) -> float:
    """Seconds of `45`, `45s`, `10m` or `1.5h`. InputError for anything else, and for 0."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)([smh]?)", text.strip())
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if not 0 < seconds < math.inf:
        raise InputError(f"--duration {text}: not a time above 0", fix="write a number and s, m or h, such as 60s")
    return seconds


def schedule(asked: Asked) -> tuple[Schedule, dict[str, Any]]:
    """When requests are due, and how the report calls it. InputError unless exactly one kind of arrivals is asked for."""
    given = [name for name, value in (("--rate", asked.rate), ("--ramp", asked.ramp), ("--trace", asked.trace)) if value not in (None, "")]
    if asked.find_max:
        return _first_step(asked, given)
    if len(given) != 1:
        got = " and ".join(given) or "none of them"
        raise InputError(f"one of --rate, --ramp and --trace is needed, got {got}", fix="for example --rate 50 --duration 60s")
    if asked.trace is not None:
        made = read_trace(asked.trace)
        made = made.until(duration_seconds(asked.duration)) if asked.duration else made
        about: dict[str, Any] = {"kind": "trace", "file": str(asked.trace)}
    elif not asked.duration:
        raise InputError(f"{given[0]} needs --duration", fix="for example --duration 60s")
    elif asked.ramp:
        first, last = parse_ramp(asked.ramp)
        made, about = ramp(first, last, duration_seconds(asked.duration)), {"kind": "ramp", "from": first, "to": last}
    else:
        rate = _positive("--rate", asked.rate or 0.0)
        made, about = constant(rate, duration_seconds(asked.duration)), {"kind": "constant", "rate": rate}
    return Schedule(made.segments, asked.poisson, asked.seed), {**about, "poisson": asked.poisson}


def _first_step(asked: Asked, given: list[str]) -> tuple[Schedule, dict[str, Any]]:
    if asked.ramp or asked.trace is not None:
        raise InputError(
            f"--find-max chooses the rates itself, got {' and '.join(given)}", fix="leave it out; --rate is the first step's rate"
        )
    if asked.objective.p99 is None:
        raise InputError("--find-max needs an objective", fix="for example --slo-p99 250 --error-budget 0.1")
    seconds = duration_seconds(asked.duration) if asked.duration else STEP_SECONDS
    rate = _positive("--rate", FIRST_RATE if asked.rate is None else asked.rate)
    made = constant(rate, seconds)
    return Schedule(made.segments, asked.poisson, asked.seed), {"kind": "constant", "rate": rate, "poisson": asked.poisson}


def prepare(account: Account, asked: Asked) -> Prepared:
    """The plan. InputError for what cannot be meant; SlipwayError when the endpoint does not answer requests."""
    from slipway.contract.cases import load_cases

    _check_numbers(asked)
    when, arrivals = schedule(asked)
    if asked.cases is None:
        raise InputError("which requests? the case file is missing", fix="for example --cases examples/wine/cases.yaml")
    if not 0 <= asked.warmup < when.seconds:
        raise InputError(f"--warmup {asked.warmup:g}: must be below the duration, {when.seconds:g} s", fix="use a shorter --warmup")
    cases = chosen_cases(load_cases(asked.cases), asked.case_names, asked.cases.as_posix())
    found = _destination(account, asked)
    cases = through_api(cases) if found.kind == "api" else cases
    limits = (asked.processes, asked.max_in_flight, asked.timeout, asked.warmup)
    plan = Plan(found.url, found.auth, cases, when, *limits, found.unwraps, found.headers, found.host)
    about = {"target": found.as_dict(account.config.name), "arrivals": arrivals, "case_file": asked.cases.as_posix()}
    return Prepared(plan, found, about)


def _destination(account: Account, asked: Asked) -> Destination:
    if is_url(asked.target):
        if asked.variant or asked.target_model:
            raise InputError("--variant and --target-model are for endpoints, not for a URL", fix="name the endpoint instead of the URL")
        if asked.through == "api":
            raise InputError("--through api is for an endpoint; a URL says itself where it leads", fix="leave out --through")
        return url(account, asked.target, asked.auth)
    if asked.auth not in (None, "aws_iam"):
        raise InputError(f"--auth {asked.auth} is for a URL; endpoints take only aws_iam", fix="leave out --auth")
    if asked.through == "api":
        return api(account, asked.target, variant=asked.variant, target_model=asked.target_model)
    return endpoint(account, asked.target, variant=asked.variant, target_model=asked.target_model)


def _check_numbers(asked: Asked) -> None:
    if not 1 <= asked.processes <= MAX_PROCESSES:
        raise InputError(f"--processes {asked.processes}: must be from 1 to {MAX_PROCESSES}", fix="one for each free core")
    if not asked.processes <= asked.max_in_flight <= LARGEST_IN_FLIGHT:
        text = f"--max-in-flight {asked.max_in_flight}: must be from {asked.processes} (one for each process) to {LARGEST_IN_FLIGHT}"
        raise InputError(text, fix="leave it out")
    if not 0 < asked.timeout <= 3600:
        raise InputError(f"--timeout {asked.timeout:g}: must be above 0 and at most 3600 seconds", fix="leave it out")


def _positive(name: str, rate: float) -> float:
    if not 0 < rate < math.inf:
        raise InputError(f"{name} {rate:g}: must be above 0 requests per second", fix="for example --rate 50")
    return rate

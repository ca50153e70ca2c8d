"""What `slipway load --distributed` does: start the testers in Lambda, follow them, show what they report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slipway.cli.failures import INTERRUPTED
from slipway.cli.output import TerminalReporter, show, table
from slipway.errors import InputError
from slipway.load.distributed import Report, follow, start
from slipway.load.prepare import duration_seconds

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.artifacts.account import Account


_ELSEWHERE = (
    *("cases", "case", "rate", "ramp", "trace", "poisson", "processes", "warmup", "auth", "variant", "target_model"),
    *("slo_p99", "find_max", "write_target", "report", "html"),
)
"""Options of the load tester on this machine."""


@dataclass(frozen=True)
class Options:
    """What was asked for; None and empty: as the environment's `load_test` says. `others`: options that mean nothing here."""

    target: str
    clients: int | None
    interval: float | None
    duration: str
    others: Mapping[str, Any]

    def check(self, account: Account) -> None:
        """InputError for another target than the deployed testers have, and for options of the load tester on this machine."""
        given = [name for name, value in self.others.items() if value]
        if given:
            raise InputError(
                f"{', '.join(given)}: not with --distributed", fix="the testers send the cases of `load_test` at fixed intervals"
            )
        spec = account.config.load_test
        if spec is not None and self.target != spec.target.label:
            raise InputError(
                f"the testers of {account.config.name} ask {spec.target.label}, not {self.target}",
                fix=f"slipway load {account.config.name} {spec.target.label} --distributed, or change load_test.target and deploy",
            )


def start_testers(given: Mapping[str, Any]) -> int:
    """`slipway load run --distributed` with its options; the exit code."""
    from slipway.artifacts.account import Account
    from slipway.config.load import load_environment
    from slipway.project import project_root
    from slipway.terraform.local_target import local_url

    if not given["distributed"]:
        raise InputError("--clients and --interval need --distributed", fix="--rate says how many requests this machine sends")
    root = project_root()
    account = Account(load_environment(given["env"], root), local_url=local_url(root) if given["local"] else None)
    account.require()
    others = {f"--{name.replace('_', '-')}": given[name] for name in _ELSEWHERE}
    options = Options(given["target"], given["clients"], given["interval"], given["duration"], others)
    return send(account, options, as_json=given["as_json"])


def send(account: Account, options: Options, *, as_json: bool) -> int:
    """One run; the exit code: 1 when a case failed or a request was not sent, 130 after Ctrl-C."""
    options.check(account)
    duration = duration_seconds(options.duration) if options.duration else None
    report = Report(start(account, clients=options.clients, interval=options.interval, duration=duration))
    reporter, interrupted = TerminalReporter(), False
    try:
        follow(account, report, reporter)
    except KeyboardInterrupt:
        interrupted = True
        reporter.info(report.run.target, "no longer followed; the testers end by themselves, and their dashboard goes on")
    result = {**report.as_dict(), "interrupted": interrupted}
    show(result, as_json, lambda console: _view(console, result))
    return INTERRUPTED if interrupted else int(bool(result["partial"] or result["TestFail"]))


def _view(console: Console, result: Mapping[str, Any]) -> None:
    counts = table("case", "requests", "status success", "status error", "test success", "test fail")
    for name, case in {**result["cases"], "together": result}.items():
        numbers = (case[key] for key in ("requests", "StatusSuccess", "StatusError", "TestSuccess", "TestFail"))
        counts.add_row(name, *map(str, numbers))
    console.print(counts)
    console.print("response time " + ", ".join(f"{name} {value:g} ms" for name, value in result["latency_ms"].items()))
    console.print(
        f"{result['testers_finished']} of {result['clients']} testers finished; {result['requests']} of {result['planned']} requests"
    )
    counted = sum(result["metrics"].get(name, 0) for name in ("StatusSuccess", "StatusError"))
    if counted != result["requests"]:
        console.print(f"CloudWatch has counted {counted} of them so far")

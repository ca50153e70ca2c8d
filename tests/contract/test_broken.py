"""The tester can fail: every planted breach is found, as exactly the clause it breaks, and the good container keeps all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from slipway.contract.processes import processes_of
from slipway.contract.report import Report
from tests.contract.support import BROKEN, EVERYWHERE_THE_SAME, check_serving, check_training

pytestmark = pytest.mark.faults
IN_PARALLEL = 12
SHELL_FORM = "shell_form"
LONGEST = ("ping_waits_for_predictions", "ignores_sigterm", "wrong_port")
"""They wait for times to run out, so they begin first."""
BREACHES = {file.stem: file.read_text() for file in sorted(BROKEN.glob("*.py"))}
SERVING = [*sorted(name for name, text in BREACHES.items() if "class Server" in text), SHELL_FORM]
TRAINING = sorted(name for name, text in BREACHES.items() if "class Trainer" in text)


def broken_clause(name: str) -> str:
    """The clause that a breach's docstring names."""
    if name == SHELL_FORM:
        return "SM-IMAGE-01"
    found = re.match(r'"""Breaks (SM-[A-Z]+-[0-9]+): ', BREACHES[name])
    assert found, name
    return found[1]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str | None, Future[Report]]]:
    """The reports of all tiny containers; None is the good one. They are made side by side: they mostly wait."""
    folder = tmp_path_factory.mktemp("containers")
    with ThreadPoolExecutor(IN_PARALLEL) as pool:
        made: dict[str | None, Future[Report]] = {None: pool.submit(check_serving, folder / "good")}
        for name in sorted(SERVING, key=lambda name: name not in LONGEST):
            skip = () if broken_clause(name) in EVERYWHERE_THE_SAME else EVERYWHERE_THE_SAME
            made[name] = pool.submit(check_serving, folder / name, name, skip=skip)
        for name in TRAINING:
            made[name] = pool.submit(check_training, folder / name, name)
        yield made
        for future in made.values():
            future.cancel()
    assert processes_of(folder) == []


def test_there_are_enough_of_them() -> None:
    found = [broken_clause(name) for name in SERVING + TRAINING]
    assert len(found) == len(set(found)) >= 40


def test_the_good_container_keeps_every_clause(reports: dict[str | None, Future[Report]]) -> None:
    report = reports[None].result()
    assert report.failed == [], [result.outcome.measured for result in report.results if result.outcome.verdict == "fail"]
    others = {result.clause.id for result in report.results if result.outcome.verdict == "not applicable"}
    assert others == {"SM-MULTI-01", "SM-MULTI-02", "SM-MULTI-03", "SM-MULTI-04"}


def test_the_good_training_container_keeps_every_clause(tmp_path: Path) -> None:
    report = check_training(tmp_path / "good")
    assert {result.outcome.verdict for result in report.results} == {"pass"}


@pytest.mark.parametrize("name", SERVING + TRAINING)
def test_a_breach_is_found_as_its_clause_alone(reports: dict[str | None, Future[Report]], name: str) -> None:
    report = reports[name].result()
    said = {result.clause.id: result.outcome.measured for result in report.results if result.outcome.verdict == "fail"}
    assert list(said) == [broken_clause(name)], said

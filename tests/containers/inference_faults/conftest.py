"""The campaign's report, its models, and the marker that all of it carries."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from slipway.containers.launch import Running
from tests.containers.inference_faults import models
from tests.containers.inference_faults.container import serving
from tests.containers.inference_faults.report import Report, table
from tests.containers.inference_faults.true_times import waits

_reports: list[Report] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Faults hit real processes with time limits: they run in the serial phase."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One summary line, the table with -v."""
    for report in _reports:
        lines = table(report.rows).splitlines() if terminalreporter.config.get_verbosity() > 0 else []
        for line in [*lines, f"{len(report.rows)} faults measured: {report.path}"]:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    _reports.append(Report(tmp_path_factory.getbasetemp() / "faults.json"))
    return _reports[-1]


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the model that does what requests say."""
    return models.scripted(tmp_path_factory.mktemp("scripted") / "model")


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the model whose answers are known."""
    return models.known(tmp_path_factory.mktemp("known") / "model")


@pytest.fixture(scope="session")
def true_times(scripted: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Any]]]:
    """The waits of tens of seconds, by name, under way in threads."""
    jobs = waits(scripted, tmp_path_factory.mktemp("true_times"))
    with ThreadPoolExecutor(len(jobs)) as pool:
        yield {name: pool.submit(job) for name, job in jobs.items()}


@pytest.fixture(scope="session", autouse=True)
def _waits_begin_first(request: pytest.FixtureRequest) -> None:
    """Sleeping costs the other tests nothing: what sleeps longest starts before them."""
    if any("true_times" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("true_times")


@pytest.fixture
def container(scripted: Path) -> Iterator[Running]:
    """The container with the scripted model and two workers."""
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=2) as running:
        yield running

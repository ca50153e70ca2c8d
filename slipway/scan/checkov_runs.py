"""Runs checkov in this process: no network, no output, and no silence that could be taken for a pass."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.catalog import CHECKS, checkov_ids
from slipway.scan.report import Problem

_RUNNERS = {
    "terraform_json": ("checkov.terraform_json.runner", "TerraformJsonRunner"),
    "terraform_plan": ("checkov.terraform.plan_runner", "Runner"),
}
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Record:
    """One answer of one check about one resource, as checkov names it."""

    check: str
    title: str
    resource: str
    file: str
    passed: bool
    guideline: str
    line: int


def run(
    files: Sequence[Path],
    framework: str,
    *,
    only: Collection[str] = (),
    skip: Collection[str] = (),
    checks_dir: Path = CHECKS,
) -> tuple[list[Record], list[Problem]]:
    """Check `files` with one of checkov's frameworks; `only` and `skip` are check ids.

    Everything checkov keeps to itself becomes a problem: an unknown framework, a file it could not parse, a custom check
    it did not load.
    """
    if framework not in _RUNNERS:
        known = ", ".join(sorted(_RUNNERS))
        return [], [Problem("unknown-framework", f"framework {framework} is unknown: it would scan nothing", f"one of: {known}")]
    with _LOCK, _errors_logged() as logged:
        runner = _runner(framework)
        _load_checks(checks_dir)
        problems = [Problem("check-not-loaded", text, f"see {checks_dir}") for text in logged]
        problems += [
            Problem("check-not-loaded", f"checkov did not load {missing} from {checks_dir}", f"does {checks_dir}/__init__.py exist?")
            for missing in sorted(checkov_ids() - _known_ids())
        ]
        report = runner.run(files=[str(file) for file in files], runner_filter=_filter(framework, only, skip))
    problems += [Problem("not-parsed", f"checkov could not parse {file}") for file in report.parsing_errors]
    return [_record(item) for item in (*report.passed_checks, *report.failed_checks)], problems


def supported_types(check: str) -> frozenset[str]:
    """Resource types that a Python check looks at; empty for an unknown one."""
    from checkov.terraform.checks.resource.registry import resource_registry

    found = resource_registry.get_check_by_id(check)
    return frozenset(found.supported_entities) if found else frozenset()


def _runner(framework: str) -> Any:
    import importlib

    module, name = _RUNNERS[framework]
    return getattr(importlib.import_module(module), name)()


def _filter(framework: str, only: Collection[str], skip: Collection[str]) -> Any:
    from checkov.runner_filter import RunnerFilter

    return RunnerFilter(framework=[framework], checks=sorted(only), skip_checks=sorted(skip), show_progress_bar=False)


_loaded: set[Path] = set()


def _load_checks(folder: Path) -> None:
    """Once for each folder: checkov's registries are global, and would hold every check twice."""
    from checkov.common.checks_infra.registry import get_graph_checks_registry
    from checkov.terraform.checks.resource.registry import resource_registry

    if folder not in _loaded:
        _loaded.add(folder)
        resource_registry.load_external_checks(str(folder))
        get_graph_checks_registry("terraform").load_external_checks(str(folder))


def _known_ids() -> frozenset[str]:
    from checkov.common.checks_infra.registry import get_graph_checks_registry
    from checkov.terraform.checks.resource.registry import resource_registry

    graph = (check.id for check in get_graph_checks_registry("terraform").checks)
    return frozenset(graph) | frozenset(check.id for checks in resource_registry.checks.values() for check in checks)


@contextlib.contextmanager
def _errors_logged() -> Iterator[list[str]]:
    """What checkov logs as a warning or an error. It goes on without what it could not load, and prints it in the middle of our output."""
    texts: list[str] = []

    class _Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            texts.append(record.getMessage())

    handler, logger = _Collect(logging.WARNING), logging.getLogger("checkov")
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield texts
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


def _record(item: Any) -> Record:
    return Record(
        check=item.check_id,
        title=item.check_name or item.check_id,
        resource=item.resource,
        file=str(item.file_abs_path),
        passed=str(getattr(item.check_result["result"], "value", item.check_result["result"])).upper() == "PASSED",
        guideline=item.guideline or "",
        line=max(1, int((item.file_line_range or [1])[0])),
    )

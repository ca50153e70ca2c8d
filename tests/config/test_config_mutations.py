"""Campaign C1: a valid environment, broken in some hundred ways. Each is refused with its path and a reason.

The refusal has one line per problem and no traceback. Of those written by hand it is exit code 2 of the command itself, and not one file changed.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slipway.config.load import load_environment
from slipway.config.nodes import show_path
from slipway.config.problems import ConfigErrors
from tests.config.full import full
from tests.config.support import Slipway, project, snapshot
from tests.config.tables import BROKEN, at

Route = tuple[str | int, ...]
_LINE = re.compile(r"environments/(_defaults|case)\.yaml:\d+:\d+ \S.*: \S.*")


def routes(value: Any, route: Route = ()) -> Iterator[tuple[Route, Any]]:
    """Every place of a configuration with its value."""
    yield route, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from routes(item, (*route, key))


def put(route: Route, value: Any) -> dict[str, Any]:
    """The full configuration with another value at `route`."""
    data = full()
    at(data, route[:-1])[route[-1]] = copy.deepcopy(value)
    return data


def generated() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Mutations that hold for every place: name, configuration, path that must be named."""
    for route, value in routes(full()):
        path = show_path(route)
        if isinstance(value, dict):
            named = {**value, "zz_unknown": 1}
            yield f"{path or 'root'} gets an unknown key", put(route, named) if route else named, show_path((*route, "zz_unknown"))
        if not route:
            continue
        wrong = {dict: ["x", 7], list: ["x", {}], bool: ["yes", 1, []], int: ["many", True, {}, 1.5], str: [7, True, [], "${x}"]}
        wrong[float] = ["many", True, {}, -1.5, 1e9]
        for other in wrong[type(value)]:
            yield f"{path} becomes {json.dumps(other)}", put(route, other), path
        if isinstance(value, int) and not isinstance(value, bool):
            yield f"{path} becomes negative", put(route, -(10**9)), path
            yield f"{path} becomes huge", put(route, 10**15), path.removesuffix(".canary_size.value")


WRITTEN = [(name, put(route, value), path or show_path(route)) for name, route, value, path in BROKEN]
HARMLESS = re.compile(
    r"""endpoints\.wine\.(
    log_retention_in_days\ becomes\ true  # Python's 1 == True: one day
    |variants\[.\]\.initial_variant_weight\ becomes\ 1\.5
    |alarms\.model_latency\.threshold\ becomes\ (1\.5|huge)
    |autoscaling\.main\.policies\[0\]\.target_value\ becomes\ (1\.5|huge)
    |autoscaling\.main\.policies\[1\]\.(
        steps\[0\]\.(metric_interval_lower_bound|scaling_adjustment)\ becomes\ (1\.5|negative|huge)
        |alarm\.threshold\ becomes\ (1\.5|negative|huge)
    ))
    |endpoints\.light\.hosting\.log_retention_in_days\ becomes\ true
    |endpoints\.nightly\.schedule\.log_retention_in_days\ becomes\ true
    |network\.flow_logs\.retention_in_days\ becomes\ true
    |delivery\.log_retention_in_days\ becomes\ true
    |api\.(
        (endpoints\.wine\.throttle\.throttling_rate_limit|authorization\.usage_plans\.gold\.rate_limit)\ becomes\ 1\.5
        |(throttle\.throttling_rate_limit|canary\.percent_traffic)\ becomes\ 1\.5
        |(function|logging)\.log_retention_in_days\ becomes\ true
    )
    |training\.pipelines\.weekly\.(
        parameters\.Folds\.default\ becomes\ (negative|huge)
        |training\.hyperparameters(\ gets\ an\ unknown\ key|\.folds\ becomes\ ("x"|7))
        |condition\.threshold\ becomes\ 7
    )
    |load_test\.(interval_in_seconds\ becomes\ 1\.5|log_retention_in_days\ becomes\ true)
    |operations\.(budget\.(limit_amount|thresholds\[.\]\.percentage)\ becomes\ 1\.5|log_retention_in_days\ becomes\ true)""",
    re.VERBOSE,
)
"""Generated values that happen to be right where they are put: numbers whose range AWS does not limit."""
REFUSED = [mutation for mutation in generated() if not HARMLESS.fullmatch(mutation[0])]


def test_the_campaign_is_large() -> None:
    assert len(REFUSED) >= 400
    assert len(WRITTEN) >= 100


def test_what_is_mutated_is_valid(tmp_path: Path) -> None:
    config = load_environment("case", project(tmp_path, case=json.dumps(full())))
    assert set(config.endpoints) == {"wine", "quiet", "batch", "light", "nightly", "tasks"}


def check(text: str, path: str) -> None:
    """One line per problem behind the first, each with its place; one of them names `path`."""
    lines = text.strip().splitlines()[1:]
    assert lines
    for line in lines:
        assert _LINE.fullmatch(line), line
    assert any(f" {path}" in line for line in lines), text
    assert "Traceback" not in text and "pydantic" not in text


@pytest.mark.parametrize(("name", "data", "path"), REFUSED, ids=[mutation[0] for mutation in REFUSED])
def test_mutation_is_refused(name: str, data: dict[str, Any], path: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors) as refused:
        load_environment("case", project(tmp_path, case=json.dumps(data, indent=1)))
    check(refused.value.message, path)


@pytest.mark.parametrize(("name", "data", "path"), WRITTEN, ids=[mutation[0] for mutation in WRITTEN])
def test_the_command_refuses_it(name: str, data: dict[str, Any], path: str, tmp_path: Path, slipway: Slipway) -> None:
    root = project(tmp_path, case=json.dumps(data, indent=1))
    before = snapshot(root)
    done = slipway(root, "validate", "case")
    assert (done.code, done.out) == (2, ""), done.out
    check(done.err, path)
    assert snapshot(root) == before

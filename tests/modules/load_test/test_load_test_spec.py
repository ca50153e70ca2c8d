"""What the options of load testers allow, and the names they lead to."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.load_test import spec as load_test
from modules.load_test.spec import LoadTestSpec
from tests.modules.support import messages

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
LEAST = {"target": {"name": "wine"}, "case_file": "cases.yaml"}


def said(**options: Any) -> str:
    return "\n".join(messages(LoadTestSpec, {**LEAST, **options}))


def test_the_least_that_is_needed() -> None:
    spec = LoadTestSpec.model_validate(LEAST)
    assert (spec.target.kind, spec.target.label, spec.reserved, spec.timeout) == ("endpoint", "wine", 3, 150)
    assert LoadTestSpec.model_validate({**LEAST, "target": {"kind": "api", "name": "wine"}}).target.label == "api/wine"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": {"kind": "lambda", "name": "wine"}}, "does not match any of the expected tags"),
        ({"target": {"kind": "api", "name": "wine", "target_variant": "a"}}, "Extra inputs are not permitted"),
        ({"target": {"name": "wine", "api_key": "a"}}, "Extra inputs are not permitted"),
        ({"clients": 0}, "greater than or equal to 1"),
        ({"clients": 101}, "less than or equal to 100"),
        ({"interval_in_seconds": 0.001}, "greater than or equal to 0.01"),
        (
            {"duration_in_seconds": 811},
            "duration_in_seconds + request_timeout_in_seconds + 30 is 901 s; Lambda runs a function for at most 900 s",
        ),
        ({"duration_in_seconds": 870, "request_timeout_in_seconds": 1}, "less than or equal to 869"),
        ({"clients": 5, "reserved_concurrent_executions": 5}, "must be above clients 5: the start takes one more"),
        ({"log_retention_in_days": 2}, "Input should be 1, 3, 5"),
        ({"case_file": ""}, "at least 1 character"),
    ],
)
def test_what_cannot_work_is_refused(options: dict[str, Any], message: str) -> None:
    assert message in said(**options)


@pytest.mark.parametrize("options", [{"duration_in_seconds": 810}, {"duration_in_seconds": 869, "request_timeout_in_seconds": 1}])
def test_the_longest_run_fits_into_lambda(options: dict[str, Any]) -> None:
    assert said(**options) == ""
    assert LoadTestSpec.model_validate({**LEAST, **options}).timeout == load_test.LAMBDA_LIMIT


def test_names() -> None:
    assert load_test.function_name(NAMING) == load_test.topic_name(NAMING) == load_test.dashboard_name(NAMING) == "slipway-test-load-test"
    assert load_test.log_group(NAMING) == "/aws/lambda/slipway-test-load-test"
    assert len(load_test.role_name(Naming("p" * 40, "e" * 40, "111111111111", "eu-west-1"))) == 64

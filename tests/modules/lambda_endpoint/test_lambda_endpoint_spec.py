"""What cannot be written, and what cannot run."""

from __future__ import annotations

from typing import Any

import pytest

from modules.lambda_endpoint.fit import check_artifact, check_variables
from modules.lambda_endpoint.spec import LambdaConfig, LambdaHosting
from tests.modules.support import messages

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"memory_size": 64}, "greater than or equal to 128"),
        ({"timeout": 901}, "less than or equal to 900"),
        ({"ephemeral_storage": 256}, "greater than or equal to 512"),
        ({"dead_letter_arn": "arn:aws:lambda:eu-west-1:111111111111:function:x"}, "pattern"),
        ({"provisioned_concurrency": {"minimum": 3, "maximum": 3}}, "must be above minimum 3"),
        ({"reserved_concurrent_executions": 2, "provisioned_concurrency": {"minimum": 3}}, "above reserved_concurrent_executions 2"),
        ({"reserved_concurrent_executions": 4, "provisioned_concurrency": {"minimum": 1, "maximum": 5}}, "goes to 5"),
        ({"instance_type": "ml.m5.large"}, "Extra inputs"),
        ({"function_url": {}}, "Extra inputs"),
    ],
)
def test_nonsense_is_refused(options: dict[str, Any], message: str) -> None:
    assert message in messages(LambdaHosting, {"kind": "lambda", **options})[0]


@pytest.mark.parametrize("option", ["variants", "shadow_variants", "data_capture", "autoscaling", "deployment", "alarms"])
def test_what_only_an_endpoint_has_cannot_be_written(option: str) -> None:
    assert messages(LambdaConfig, {"hosting": {"kind": "lambda"}, "model": "wine", option: {}}) == [
        f"{option}: Extra inputs are not permitted"
    ]


def test_variables_that_lambda_refuses() -> None:
    assert [
        name for name, _ in check_variables({"AWS_REGION": "x", "AWS_LAMBDA_X": "x", "_HANDLER": "x", "MODE": "x", "AWS_PROFILE": "x"})
    ] == [
        "AWS_REGION",
        "AWS_LAMBDA_X",
        "_HANDLER",
    ]
    assert "Lambda takes 4096" in next(check_variables({f"V{number}": "x" * 1000 for number in range(4)}))[1]
    assert list(check_variables({"A": "x" * 1000})) == []


@pytest.mark.parametrize(("size", "said"), [(512 * MIB, ""), (600 * MIB, "must be 1200 MiB"), (6000 * MIB, "more than the 10240 MiB")])
def test_archive_and_model_must_fit_into_the_temporary_folder(size: int, said: str) -> None:
    found = check_artifact(LambdaHosting(kind="lambda"), size)
    assert said in found and bool(said) == bool(found)

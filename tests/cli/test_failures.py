"""What goes wrong outside our own code ends as one clear error; a defect keeps its traceback."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
import typer
from botocore.exceptions import ClientError, EndpointConnectionError

from slipway.cli.failures import foreseen
from slipway.errors import InputError
from tests.cli.support import Slipway


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()], ids=repr)
def test_interrupted_is_exit_130(slipway: Slipway, root: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def stop(_root: Path) -> None:
        raise error

    monkeypatch.setattr("slipway.config.load.environment_names", stop)
    done = slipway("list")
    assert (done.code, done.out, done.err) == (130, "", "error: interrupted\n")
    assert json.loads(slipway("list", "--json").out) == {"error": {"message": "interrupted", "fix": ""}}


def test_a_defect_keeps_its_traceback(slipway: Slipway, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway.config.load.environment_names", lambda _root: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        slipway("list")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/a/[b]"), "/a/[b]: Permission denied"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left on device"),
        (EndpointConnectionError(endpoint_url="https://s3"), 'AWS: Could not connect to the endpoint URL: "https://s3"'),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject"),
            "AWS: An error occurred (AccessDenied) when calling the GetObject operation: no",
        ),
    ],
    ids=["file", "disk", "network", "permission"],
)
def test_the_system_and_aws_in_one_sentence(error: Exception, message: str) -> None:
    known = foreseen(error)
    assert known is not None
    assert (known.message, known.exit_code) == (message, 1)


def test_our_own_errors_stay_what_they_are() -> None:
    error = InputError("no", fix="yes")
    assert foreseen(error) is error
    assert foreseen(ValueError("a defect")) is None

"""`slipway logs` with containers that the local AWS really runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from slipway.errors import InputError
from slipway.invoke.logs import LogEvent, since_seconds
from tests.cli.support import ROOT, Slipway
from tests.invoke.served import Served, serving

NAME = "slipway-dev-wine"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as there:
        yield there


def ask(served: Served, body: str = '{"numbers": [1]}', variant: str = "main") -> None:
    asked = {"EndpointName": NAME, "Body": body, "ContentType": "application/json", "TargetVariant": variant}
    served.client("sagemaker-runtime").invoke_endpoint(**asked)


def events(slipway: Slipway, *options: str, wanted: int = 1) -> list[dict[str, object]]:
    """The events once there are as many: shipping takes a moment."""
    ends = time.monotonic() + 15
    while True:
        done = slipway("logs", "dev", "wine", "--local", "--json", *options)
        if done.code == 0 and (len(found := json.loads(done.out)["events"]) >= wanted or time.monotonic() > ends):
            return list(found)
        assert time.monotonic() < ends, done
        time.sleep(0.2)


def test_lines_of_variants(served: Served, slipway: Slipway) -> None:
    ask(served)
    ask(served, variant="other")
    found = events(slipway, wanted=2)
    assert {str(event["stream"]).partition("/")[0] for event in found} == {"main", "other"}
    assert {"event": "request", "status": 200} in [event["message"] for event in found]
    only = events(slipway, "--variant", "other")
    assert {str(event["stream"]).partition("/")[0] for event in only} == {"other"}
    shown = slipway("logs", "dev", "wine", "--local", "--variant", "other")
    assert shown.code == 0 and "other/" in shown.out and shown.out.endswith("  200\n")


def test_a_filter(served: Served, slipway: Slipway) -> None:
    ask(served)
    events(slipway)
    done = slipway("logs", "dev", "wine", "--local", "--filter", "nothing-like-this")
    assert done.code == 0 and done.out == f"no line in /aws/sagemaker/Endpoints/{NAME} in the last 10m\n"


def test_following_ends_with_ctrl_c(served: Served) -> None:
    command = [sys.executable, "-m", "slipway", "logs", "dev", "wine", "--local", "--follow", "--json", "--since", "1s"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as follower:
        time.sleep(1.5)
        ask(served)
        assert follower.stdout is not None
        line = follower.stdout.readline()
        follower.send_signal(signal.SIGINT)
        _, err = follower.communicate(timeout=20)
    assert json.loads(line)["message"] == {"event": "request", "status": 200}
    assert (follower.returncode, err) == (0, "")


def test_what_is_wrong(served: Served, slipway: Slipway) -> None:
    assert slipway("logs", "dev", "wine", "--local", "--since", "yesterday").code == 2
    missing = slipway("logs", "dev", "nobody", "--local")
    assert missing.code == 2 and "no endpoint nobody" in missing.err
    served.client("logs").delete_log_group(logGroupName="/aws/sagemaker/Endpoints/slipway-dev-later")
    silent = slipway("logs", "dev", "later", "--local")
    assert silent.code == 1 and "has written no log" in silent.err


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("10m", 600), ("2h", 7200), ("1d", 86400)])
def test_time_spans(text: str, seconds: float) -> None:
    assert since_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "1.5h", "-1s"])
def test_no_time_spans(text: str) -> None:
    with pytest.raises(InputError):
        since_seconds(text)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (
            '{"event": "request", "status": 200, "latency_ms": 1.234, "path": "/invocations", "request_id": "a1"}',
            "200      1.23 ms /invocations  a1",
        ),
        ('{"level": "error", "message": "no", "worker": 2}', "ERROR no worker=2"),
        ('{"event": "worker_ended", "level": "info", "pid": 7}', "INFO worker_ended pid=7"),
        ("plain text\n", "plain text"),
        ("[1]", "[1]"),
        ("{broken", "{broken"),
    ],
)
def test_readable_lines(message: str, shown: str) -> None:
    assert LogEvent(0.0, "main/i-1", message).columns == ("1970-01-01 00:00:00.000", "main/i-1", shown)

"""`slipway test-container` as a command: options, reports, exit codes, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from slipway.contract.processes import processes_of
from tests.cli.support import ROOT, Slipway
from tests.contract.support import CASES, container, model

QUICK = ("--only", "SM-PING", "--skip", "SM-PING-03", "--only", "SM-INVOKE-02", "--only", "SM-ERROR-02")


@pytest.fixture
def good(tmp_path: Path) -> list[str]:
    """The arguments that test the good tiny container."""
    options = ["--model", str(model(tmp_path / "model")), "--cases", str(CASES), *QUICK]
    return ["test-container", str(container(tmp_path / "image")), *options]


def test_a_good_container(slipway: Slipway, good: list[str], tmp_path: Path) -> None:
    done = slipway(*good, "--junit", str(tmp_path / "report.xml"))
    assert done.code == 0 and "5 clauses: 5 kept, 0 broken, 0 not applicable" in done.out
    suite = ElementTree.parse(tmp_path / "report.xml").getroot()[0]
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("5", "0")


def test_a_broken_container(slipway: Slipway, good: list[str], tmp_path: Path) -> None:
    good[1] = str(container(tmp_path / "broken", "any_content_type"))
    done = slipway(*good)
    assert done.code == 1 and "SM-ERROR-02 recommended: RFC 9110" in done.out
    assert "fix: compare Content-Type with what the model reads" in done.out
    as_json = slipway(*good, "--json")
    document = json.loads(as_json.out)
    assert as_json.code == 1 and document["counts"] == {"pass": 4, "fail": 1, "not_applicable": 0}
    [broken] = [clause for clause in document["clauses"] if clause["verdict"] == "fail"]
    assert broken["id"] == "SM-ERROR-02" and broken["measured"].endswith("answered 200") and broken["rule"]["url"]


def test_paths_from_where_one_stands(slipway: Slipway, good: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = slipway("test-container", "image", "--model", "model", "--cases", str(CASES), "--only", "SM-START-03")
    assert done.code == 0, done.out + done.err


def test_a_container_that_trains(slipway: Slipway, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "numbers").write_text("1 2")
    (tmp_path / "given.json").write_text('{"steps": 3}')
    options = [
        "--hyperparameters",
        str(tmp_path / "given.json"),
        "--channel",
        f"train={tmp_path}/data",
        "--metric",
        "total=total=([0-9.]+);",
    ]
    done = slipway("test-container", str(container(tmp_path / "image")), "--training", *options)
    assert done.code == 0 and "0 broken" in done.out, done.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--only", "SM-PNG"], "no clause SM-PNG"),
        (["--channel", "train=."], "--channel is for training containers"),
        (["--training", "--cases", str(CASES)], "--cases is for serving containers"),
        (["--training", "--channel", "train=nowhere"], "must be a name and an existing folder"),
        (["--training", "--channel", "train"], "must be NAME=VALUE"),
        (["--training", "--metric", "a=("], "not a regular expression"),
        (["--training", "--metric", "a=b"], "needs a group"),
        (["--training", "--hyperparameters", "nowhere.json"], "nowhere.json: No such file"),
        (["--model", "nowhere"], "--model nowhere: no such file"),
        (["--cases", "nowhere.yaml"], "nowhere.yaml:1:1 not a regular file"),
        (["--engine", "rocket"], "must be one of auto, process, docker"),
        (["--env", "A=1", "--env", "A=2"], "--env A is given twice"),
    ],
)
def test_bad_input(slipway: Slipway, tmp_path: Path, options: list[str], said: str) -> None:
    done = slipway("test-container", str(container(tmp_path / "image")), *options)
    assert done.code == 2 and said in done.err, done.err


def test_containers_that_are_none(slipway: Slipway, tmp_path: Path) -> None:
    assert slipway("test-container", str(tmp_path)).code == 2
    assert slipway("test-container", "some/image:1", "--engine", "process").code == 2


def test_ctrl_c_leaves_nothing_running(good: list[str], tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    good = [*good[:-6], "--only", "SM-PING-01", "--only", "SM-PING-03"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}
    command = [sys.executable, "-m", "slipway", *good]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tester:
        ends = time.monotonic() + 20
        while not processes_of(scratch) and time.monotonic() < ends:
            time.sleep(0.05)
        time.sleep(0.3)
        tester.send_signal(signal.SIGINT)
        _, err = tester.communicate(timeout=30)
    assert tester.returncode == 130 and err.endswith("error: interrupted\n")
    assert processes_of(scratch) == [] and list(scratch.iterdir()) == []

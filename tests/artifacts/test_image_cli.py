"""`slipway image build|push` and `slipway model inspect` as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipway.artifacts.account import Account
from slipway.artifacts.pack import pack
from slipway.config.release import load_lock
from tests.artifacts import evil

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def slipway(root: Path, tmp_path: Path) -> Run:
    (tmp_path / "nothing").mkdir()

    def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        own = {"SLIPWAY_ROOT": str(root), "PYTHONPATH": str(ROOT), "COLUMNS": "160", "PATH": str(tmp_path / "nothing")}
        command = [sys.executable, "-m", "slipway", *map(str, arguments)]
        return subprocess.run(command, cwd=root, env={**os.environ, **own, **variables}, capture_output=True, text=True, check=False)

    return run


def answer(done: subprocess.CompletedProcess[str], code: int = 0) -> Any:
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_build_and_push_to_the_local_aws(slipway: Run, root: Path, model: Path, account: Callable[[str], Account], url: str) -> None:
    account("dev")
    built = answer(slipway("image", "build", "wine", "--source", model, "--local", "--json"))
    assert built["builder"] == "process" and built["path"] == str(root / ".slipway" / "images" / "wine.tar")
    sent = answer(slipway("image", "push", "dev", "wine", "--local", "--json", SLIPWAY_LOCAL=url))
    assert sent["models"]["wine"]["image"]["digest"] == built["digest"] and sent["lock_changed"]
    assert load_lock("dev", root).models["wine"].image.digest == built["digest"]
    again = slipway("image", "push", "dev", "wine", "--local", SLIPWAY_LOCAL=url)
    assert again.returncode == 0 and "unchanged" in again.stdout


def test_a_folder_is_built_where_one_stands(slipway: Run, root: Path, tmp_path: Path) -> None:
    house = tmp_path / "My House"
    house.mkdir()
    (house / "Dockerfile").write_text('FROM python:3.11\nCOPY x.py /opt/program/\nENTRYPOINT ["python", "/opt/program/x.py"]\n')
    (house / "x.py").write_text("")
    done = slipway("image", "build", house, "--process")
    assert done.returncode == 0 and "My House.tar: process image" in done.stdout and "local AWS only" in done.stdout
    assert (root / ".slipway" / "images" / "My House.tar").is_file()
    out = answer(slipway("image", "build", house, "--process", "--output", tmp_path / "o.tar", "--json"))
    assert out["path"] == str(tmp_path / "o.tar") and out["tag"] == "slipway/my-house:latest"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["image", "build", "beer"], 2, "beer is neither a container folder nor a model"),
        (["image", "build", "."], 2, "holds no Dockerfile"),
        (["image", "build", "wine", "--target", "tuning"], 2, "there is no such container"),
        (["image", "build", "wine", "--architecture", "riscv"], 2, "no such instances"),
        (["image", "build", "wine", "--output", "/gone/x.tar"], 2, "there is no folder /gone"),
        (["image", "build", "wine"], 1, "docker is not on PATH, podman is not on PATH, buildah is not on PATH"),
        (["image", "push", "dev"], 2, "which image?"),
        (["image", "push", "nowhere", "wine"], 2, "no environment"),
        (["image", "push", "dev", "wine"], 2, "wine.tar: no such file"),
    ],
)
def test_errors(slipway: Run, root: Path, arguments: list[str], code: int, says: str) -> None:
    (root / "examples" / "wine" / "model").mkdir(parents=True)
    done = slipway(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr and "Traceback" not in done.stderr


def test_inspect(slipway: Run, model: Path, tmp_path: Path) -> None:
    (model / "slipway.json").write_text('{"model": "weights.bin", "format": "raw", "row_independent": true}')
    (model / "tree.onnx").write_bytes(b"o")
    archive = pack(model, tmp_path / "m.tar.gz")
    found = answer(slipway("model", "inspect", archive.path, "--json"))
    assert found["sha256"] == archive.sha256 and found["bytes"] == archive.size < found["expanded_bytes"] + 4096
    assert found["code"] == "code/inference.py" and found["formats"] == {"onnx": 1, "raw": 1}
    assert found["manifest"]["row_independent"] and found["may_be_released"] and found["problems"] == []
    assert {"name": "weights.bin", "bytes": 10240, "folder": False, "problem": None} in found["members"]
    shown = slipway("model", "inspect", archive.path)
    assert shown.returncode == 0 and shown.stderr == ""
    for text in ("weights.bin", "10,240", "code/inference.py", "1 onnx, 1 raw", "row_independent=True", "may be released"):
        assert text in shown.stdout


@pytest.mark.parametrize("case", ["symlink out", "name of 5 kB", "undecodable"])
def test_inspect_of_an_evil_archive(slipway: Run, tmp_path: Path, case: str) -> None:
    members, reason = evil.MEMBERS[case]
    path = evil.write(tmp_path / "evil.tar.gz", members)
    shown = slipway("model", "inspect", path, PYTHONIOENCODING="utf-8")
    assert shown.returncode == 1 and "must not be released" in shown.stdout and reason in shown.stdout.replace("\n", "")
    assert "Traceback" not in shown.stderr
    found = answer(slipway("model", "inspect", path, "--json"), 1)
    assert not found["may_be_released"] and any(reason in problem for problem in found["problems"])


def test_inspect_of_no_archive(slipway: Run, tmp_path: Path) -> None:
    done = slipway("model", "inspect", tmp_path / "gone.tar.gz")
    assert done.returncode == 2 and "is not a file" in done.stderr
    (tmp_path / "cut.tar.gz").write_bytes(b"\x1f\x8b\x08")
    done = slipway("model", "inspect", tmp_path / "cut.tar.gz")
    assert done.returncode == 1 and "truncated" in done.stdout

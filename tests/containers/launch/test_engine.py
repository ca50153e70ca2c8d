"""The engine form, with a docker that writes down its command line and runs the small program itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from slipway.artifacts.sample_image import build_image_archive
from slipway.containers.engine import find_engine
from slipway.containers.launch import free_port, start
from slipway.containers.source import EngineImage, Folder, SavedImage, Source
from slipway.errors import SlipwayError
from tests.containers.launch.fake_tools import Tools


@pytest.fixture
def tools_on_path(tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    build_image_archive(program, tmp_path / "image.tar")
    made = Tools(tmp_path / "fake", tmp_path / "image.tar", program / "serve.py")
    monkeypatch.setenv("PATH", f"{made.path}:/usr/bin:/bin")
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path / "root" / "opt" / "ml"))
    return made


@pytest.mark.parametrize("form", ["reference", "folder", "saved image"])
def test_serve(tools_on_path: Tools, tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    tools_on_path.add("docker")
    sources: dict[str, tuple[Source, str]] = {
        "reference": (EngineImage("repo/x:1"), "repo/x:1"),
        "folder": (Folder(program), "slipway-local/program:latest"),
        "saved image": (SavedImage(tmp_path / "image.tar"), "fake/image:1"),
    }
    source, image = sources[form]
    port = free_port()
    monkeypatch.setenv("SAGEMAKER_BIND_TO_PORT", str(port))
    root = tmp_path / "root"
    running = start(source, "serve", root=root, environment={"A": "1"}, port=port, engine=True)
    running.wait_until_ready(10)
    line = next(call for call in tools_on_path.calls if call[1] == "run")
    name = line[line.index("--name") + 1]
    assert line == [
        *("docker", "run", "--rm", "--name", name, "--read-only", "--tmpfs", "/tmp", "-p", f"127.0.0.1:{port}:8080"),
        *("-v", f"{root}/opt/ml/model:/opt/ml/model:ro", "-e", "A=1", image, "serve"),
    ]
    assert running.base == "/opt/ml"
    assert running.terminate() == 0
    assert ["docker", "kill", "--signal", "SIGTERM", name] in tools_on_path.calls
    assert [call[1] for call in tools_on_path.calls if call[1] in ("build", "load")] == {"folder": ["build"], "saved image": ["load"]}.get(
        form, []
    )


def test_kill_and_train(tools_on_path: Tools, tmp_path: Path) -> None:
    tools_on_path.add("podman")
    running = start(EngineImage("x"), "train", root=tmp_path / "root")
    assert running.wait(10) == 5 and running.log_tail() == ["trained"]
    line = next(call for call in tools_on_path.calls if call[1] == "run")
    assert line[0] == "podman" and f"{tmp_path}/root/opt/ml:/opt/ml" in line and "-p" not in line
    running.kill()


def test_an_engine_without_its_daemon_is_none(tools_on_path: Tools, tmp_path: Path) -> None:
    tools_on_path.add("docker", refuses=("info",))
    assert find_engine() is None
    with pytest.raises(SlipwayError, match="x/y:1 needs a container engine, and neither docker nor podman answers here"):
        start(EngineImage("x/y:1"), "serve", root=tmp_path / "root")
    tools_on_path.add("podman")
    assert (found := find_engine()) is not None and found.name == "podman"


@pytest.mark.parametrize(("step", "says"), [("build", "docker build failed: it is not possible"), ("load", "docker load failed")])
def test_a_step_that_fails(tools_on_path: Tools, tmp_path: Path, program: Path, step: str, says: str) -> None:
    tools_on_path.add("docker", refuses=(step,))
    source = Folder(program) if step == "build" else SavedImage(tmp_path / "image.tar")
    with pytest.raises(SlipwayError, match=says):
        start(source, "serve", root=tmp_path / "root", engine=True)
    assert os.environ["PATH"].startswith(tools_on_path.path)

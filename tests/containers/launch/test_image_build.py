"""`slipway image build`: the line each builder gets, the model's requirements, and the process image without any builder."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.limits import ArchiveRefused
from slipway.artifacts.pack import pack
from slipway.artifacts.sample_image import build_image_archive
from slipway.containers.image_build import build_image
from slipway.containers.program import saved_config
from slipway.errors import InputError, SlipwayError
from tests.artifacts import evil
from tests.containers.launch.fake_tools import Tools
from tests.containers.launch.support import DOCKERFILE, folder

INSTALLS = DOCKERFILE.replace("COPY serve.py", "COPY model-requirements.txt serve.py")


@pytest.fixture
def fake(tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    build_image_archive(program, tmp_path / "image.tar")
    made = Tools(tmp_path / "fake", tmp_path / "image.tar")
    monkeypatch.setenv("PATH", made.path)
    return made


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "model" / "code").mkdir(parents=True)
    (tmp_path / "model" / "code" / "requirements.txt").write_text("beautiful==1.0\n")
    (tmp_path / "model" / "code" / "inference.py").write_text("")
    (tmp_path / "model" / "m.bin").write_bytes(b"m")
    return tmp_path / "model"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "docker",
            [
                "docker buildx build --platform linux/amd64 --provenance=false --sbom=false --output type=docker,dest={partial} --tag t:1 {context}",
            ],
        ),
        (
            "podman",
            [
                "podman build --platform linux/amd64 --format docker --tag t:1 {context}",
                "podman save --format docker-archive --output {partial} t:1",
            ],
        ),
        (
            "buildah",
            [
                "buildah build --platform linux/amd64 --format docker --tag t:1 {context}",
                "buildah push t:1 docker-archive:{partial}:t:1",
            ],
        ),
    ],
)
def test_each_builder(fake: Tools, program: Path, tmp_path: Path, name: str, expected: list[str]) -> None:
    fake.add(name)
    target = tmp_path / "out" / "x.tar"
    for _ in range(2):
        made = build_image(program, target, tag="t:1")
    lines = [" ".join(call) for call in fake.calls if call[1] not in ("info", "version") and call[1:] != ["buildx", "version"]]
    context = next(line for line in reversed(lines) if " build " in line).rsplit(" ", 1)[1]
    partial = target.with_name(".x.tar.partial")
    assert lines[-len(expected) :] == [line.format(partial=partial, context=context) for line in expected]
    assert Path(context).name == "program" and not Path(context).exists()
    assert (made.builder, made.path, made.size) == (name, target, target.stat().st_size)
    with open_image_archive(target) as saved:
        assert made.digest == saved.digest
    assert not partial.exists()


def test_the_first_usable_builder_is_taken(fake: Tools, program: Path, tmp_path: Path) -> None:
    fake.add("docker", refuses=("buildx",))
    fake.add("buildah")
    assert build_image(program, tmp_path / "x.tar").builder == "buildah"
    fake.add("podman")
    assert build_image(program, tmp_path / "x.tar").builder == "podman"
    fake.add("docker")
    assert build_image(program, tmp_path / "x.tar").builder == "docker"


def test_no_builder(fake: Tools, program: Path, tmp_path: Path) -> None:
    says = "docker is not on PATH, podman is not on PATH, buildah is not on PATH"
    with pytest.raises(SlipwayError, match=says) as failed:
        build_image(program, tmp_path / "x.tar")
    assert "--process" in failed.value.fix
    fake.add("docker", refuses=("info",))
    with pytest.raises(SlipwayError, match="docker does not reach its daemon, podman is not on PATH"):
        build_image(program, tmp_path / "x.tar")


def test_a_build_that_fails_leaves_nothing(fake: Tools, program: Path, tmp_path: Path) -> None:
    fake.add("podman", refuses=("save",))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x.tar").write_bytes(b"the earlier one")
    with pytest.raises(SlipwayError, match="podman save failed: it is not possible"):
        build_image(program, tmp_path / "out" / "x.tar")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x.tar"]
    assert (tmp_path / "out" / "x.tar").read_bytes() == b"the earlier one"


def test_another_architecture_than_asked_is_refused(fake: Tools, program: Path, tmp_path: Path) -> None:
    fake.add("docker")
    with pytest.raises(SlipwayError, match="docker built linux/amd64, not linux/arm64"):
        build_image(program, tmp_path / "x.tar", architecture="arm64")


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "archive"])
def test_the_models_requirements_are_in_the_build(fake: Tools, tmp_path: Path, model: Path, packed: bool) -> None:
    fake.add("docker")
    source = folder(tmp_path / "installs", dockerfile=INSTALLS)
    given = pack(model, tmp_path / "m.tar.gz").path if packed else model
    build_image(source, tmp_path / "x.tar", model=given)
    assert fake.requirements.read_text() == "beautiful==1.0\n"
    build_image(source, tmp_path / "x.tar")
    assert fake.requirements.read_text() == "", "the file is always there, so that COPY works"
    assert not (source / "model-requirements.txt").exists()


def test_requirements_that_nobody_installs_are_refused(fake: Tools, program: Path, tmp_path: Path, model: Path) -> None:
    fake.add("docker")
    with pytest.raises(InputError, match=r"the model brings code/requirements.txt, but .* does not install model-requirements.txt"):
        build_image(program, tmp_path / "x.tar", model=model)
    with pytest.raises(InputError, match="no such file or folder"):
        build_image(program, tmp_path / "x.tar", model=tmp_path / "gone")
    bad = evil.write(tmp_path / "bad.tar.gz", [evil.member("../x", data=b"!")])
    with pytest.raises(ArchiveRefused):
        build_image(program, tmp_path / "x.tar", model=bad)


def test_the_process_image(fake: Tools, tmp_path: Path, model: Path) -> None:
    source = folder(tmp_path / "c", requirements_txt="# none\n", tests__test_x_py="1")
    made = build_image(source, tmp_path / "1.tar", model=model, process=True)
    again = build_image(source, tmp_path / "2.tar", model=model, process=True)
    assert made.digest == again.digest and made.path.read_bytes() == again.path.read_bytes() and made.builder == "process"
    assert not fake.calls
    config, labels, layers = saved_config(made.path)
    assert labels["slipway.image"] == "process" and layers == 1
    assert labels["slipway.base"] == "python:3.11-slim" and config.python == "3.11"
    assert (config.entrypoint, config.directory) == (("python", "/opt/program/serve.py"), "/opt/program")
    (source / "serve.py").write_text("changed")
    assert build_image(source, tmp_path / "3.tar", process=True).digest != made.digest


def test_no_dockerfile(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no Dockerfile"):
        build_image(tmp_path, tmp_path / "x.tar", process=True)

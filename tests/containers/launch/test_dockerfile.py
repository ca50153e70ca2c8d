"""What a Dockerfile says, and which files lie where in its image."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway.containers.dockerfile import Copy, ImageConfig, read_dockerfile
from slipway.containers.layout import image_files
from slipway.containers.program import process_program
from slipway.containers.source import EngineImage, Folder, SavedImage, find_source
from slipway.errors import InputError

FULL = """\
# syntax=docker/dockerfile:1
ARG PYTHON=3.11
FROM python:${PYTHON}-slim AS base
ENV HOUSE=/opt GREETING="two words" EMPTY=
ENV OLD style
FROM base AS build
RUN <<END
COPY this is not an instruction
END
COPY requirements.txt /build/
FROM base
COPY --from=build /opt/venv /opt/venv
COPY --chown=1:1 serve.py *.conf ${HOUSE}/program/
COPY ["lib", "program/lib"]
WORKDIR /opt
WORKDIR program
ENV PATH=/opt/venv/bin:$PATH NAME=${MISSING:-given}
LABEL a=b com.example.x="y z"
ENTRYPOINT ["/usr/bin/tini", "-g", "--", "python3.11", \\
  "/opt/program/serve.py"]
CMD ["serve"]
"""


def written(folder: Path, text: str) -> ImageConfig:
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text(text)
    return read_dockerfile(folder / "Dockerfile")


def test_the_final_stage(tmp_path: Path) -> None:
    config = written(tmp_path, FULL)
    assert config.entrypoint == ("/usr/bin/tini", "-g", "--", "python3.11", "/opt/program/serve.py")
    assert config.directory == "/opt/program" and config.python == "3.11"
    assert config.environment["PATH"].startswith("/opt/venv/bin:/usr/local/sbin")
    expected = {"HOUSE": "/opt", "GREETING": "two words", "EMPTY": "", "OLD": "style", "NAME": "given"}
    assert expected.items() <= config.environment.items()
    assert config.labels == {"a": "b", "com.example.x": "y z"}
    assert config.copies == [Copy(("serve.py", "*.conf"), "/opt/program", True), Copy(("lib",), "/program/lib", False)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no FROM"),
        ("FROM x\nENTRYPOINT python serve.py\n", "line 2: ENTRYPOINT has the shell form"),
        ("FROM x\nENTRYPOINT ['python']\n", "shell form"),
    ],
)
def test_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        written(tmp_path, text)


def test_no_dockerfile(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_dockerfile(tmp_path / "Dockerfile")


def placed(folder: Path, *copies: str, ignore: str = "") -> set[str]:
    for name in ("serve.py", "a.conf", "lib/one.py", "lib/deep/two.py", "tests/test_x.py", "__pycache__/x.pyc", "requirements.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    if ignore:
        (folder / ".dockerignore").write_text(ignore)
    config = written(folder, "\n".join(["FROM x", "WORKDIR /opt/program", *copies]))
    files = image_files(folder, config)
    assert list(files) == sorted(files) and all(path.is_file() for path in files.values())
    return {name.removeprefix("/opt/program/") for name in files} - {"requirements.txt", "Dockerfile", ".dockerignore"}


@pytest.mark.parametrize(
    ("copy", "expected"),
    [
        ("COPY . .", {"serve.py", "a.conf", "lib/one.py", "lib/deep/two.py"}),
        ("COPY serve.py ./", {"serve.py"}),
        ("COPY serve.py main.py", {"main.py"}),
        ("COPY *.py a.conf /opt/program/", {"serve.py", "a.conf"}),
        ("COPY lib /opt/program/lib", {"lib/one.py", "lib/deep/two.py"}),
        ("COPY lib/ /opt/program/", {"one.py", "deep/two.py"}),
        ("COPY lib/*.py x/", {"x/one.py"}),
        ("ADD serve.py /elsewhere/", {"/elsewhere/serve.py"}),
        ("COPY --from=other /x /opt/program/", set()),
        ("COPY mis[s]ing* /opt/program/", set()),
    ],
)
def test_copy(tmp_path: Path, copy: str, expected: set[str]) -> None:
    assert placed(tmp_path, copy) == expected


def test_dockerignore(tmp_path: Path) -> None:
    assert placed(tmp_path, "COPY . .", ignore="# no\nlib\n!lib/one.py\n*.conf\n") == {"serve.py", "lib/one.py"}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"copies gone\.py, which is not in the build context"):
        placed(tmp_path, "COPY gone.py /opt/program/")


def test_the_program_follows_the_files(tmp_path: Path, tools: Path) -> None:
    folder = tmp_path / "house"
    written(folder, FULL.replace("COPY this", "NOPE this").replace('COPY ["lib", "program/lib"]\n', ""))
    for name in ("serve.py", "nginx.conf"):
        (folder / name).write_text("1")
    program = process_program(Folder(folder), tools)
    assert program.argv[1:] == (str(program.root / "opt/program/serve.py"),) and Path(program.argv[0]).name.startswith("python")
    assert program.directory == program.root / "opt/program" and program.needs_nginx and program.name == "house"
    assert process_program(Folder(folder), tools) == program
    (folder / "serve.py").write_text("2")
    assert process_program(Folder(folder), tools).root != program.root, "a changed file is another program"


def test_what_a_person_names(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x")
    (tmp_path / "i.tar").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    assert find_source(str(tmp_path)) == Folder(tmp_path)
    assert find_source(str(tmp_path / "i.tar")) == SavedImage(tmp_path / "i.tar")
    assert find_source("registry:5000/a/b@sha256:1") == EngineImage("registry:5000/a/b@sha256:1")
    for wrong, says in (("./gone", "no such file"), ("gone.tar", "no such file"), (str(tmp_path / "empty"), "no Dockerfile")):
        with pytest.raises(InputError, match=says):
            find_source(wrong)

"""Python environments of container folders: built once, built again after an interruption, and errors that help."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from slipway.containers import environment
from slipway.containers.environment import python_for
from slipway.errors import SlipwayError
from tests.artifacts.release_support import Recorder

BARE = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of one module, so that nothing is fetched from the network."""
    path = tmp_path_factory.mktemp("wheel") / "tinything-1.0-py3-none-any.whl"
    info = "tinything-1.0.dist-info"
    files = {
        "tinything.py": "VALUE = 7\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tinything\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"tinything.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.fixture
def requirements(tmp_path: Path, wheel: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(f"{wheel}\n")
    return path


def test_nothing_to_install_is_the_bare_interpreter(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("# nothing\n\n")
    for given in (None, tmp_path / "gone.txt", tmp_path / "r.txt"):
        assert python_for(given, tmp_path / "tools") == BARE
    assert not (tmp_path / "tools").exists()


def test_built_once_also_when_many_ask(tmp_path: Path, requirements: Path) -> None:
    recorder = Recorder()
    with ThreadPoolExecutor(4) as pool:
        pythons = set(pool.map(lambda _: python_for(requirements, tmp_path / "tools", recorder), range(4)))
    (python,) = pythons
    assert subprocess.run([python, "-c", "import tinything; print(tinything.VALUE)"], capture_output=True, text=True).stdout == "7\n"
    assert len([line for line in recorder.lines if "installing" in line]) == 1
    stamp = python.lstat().st_mtime_ns
    # An interruption leaves no mark, so the environment is built again.
    (python.parents[1] / environment._READY).unlink()
    assert python_for(requirements, tmp_path / "tools") == python
    assert python.lstat().st_mtime_ns > stamp


def test_a_models_own_requirements_come_on_top(tmp_path: Path, requirements: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(
        environment, "_run", lambda command, target: (target.mkdir(parents=True, exist_ok=True), ran.append(command), "tinything==1.0\n")[2]
    )
    extra = tmp_path / "model-requirements.txt"
    extra.write_text("other==2 --hash=sha256:0\n")
    target = python_for(requirements, tmp_path / "tools", extra=extra).parents[1]
    assert (target / "constraints.txt").read_text() == "tinything==1.0\n"
    assert ran[-1][-5:] == ["--require-hashes", "-c", str(target / "constraints.txt"), "-r", str(extra)]
    assert target != python_for(requirements, tmp_path / "tools").parents[1]


def test_an_installation_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text(f"{tmp_path}/no-such-thing.whl\n")
    with pytest.raises(SlipwayError, match="cannot install a container's requirements: .*no-such-thing") as failed:
        python_for(tmp_path / "r.txt", tmp_path / "tools")
    assert "check the network" in failed.value.fix
    assert [path.suffix for path in (tmp_path / "tools" / "containers").iterdir()] == [".lock"]


def test_the_wanted_python_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert environment._interpreter(own) == environment._interpreter("") == BARE
    other = tmp_path / "python3.99"
    other.symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment._interpreter("3.99") == other
    other.unlink()
    other.write_text("#!/bin/sh\nexit 1\n")
    other.chmod(0o755)
    assert environment._interpreter("3.99") == BARE

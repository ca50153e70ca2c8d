"""The inference container's modules, importable here together with the packages of its own lock."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slipway.containers.environment import python_for, tools_folder
from slipway.containers.launch import Running, start
from slipway.containers.source import Folder

ROOT = Path(__file__).resolve().parents[3]
CONTAINER = ROOT / "containers" / "inference"


@pytest.fixture(scope="session", autouse=True)
def container_on_path() -> Iterator[None]:
    """Behind everything else, so that the project's own packages stay what they are."""
    python = python_for(CONTAINER / "requirements.txt", tools_folder())
    packages = next(python.parents[1].glob("lib/python*/site-packages"))
    added = [str(CONTAINER), str(packages)]
    sys.path += added
    yield
    for path in added:
        sys.path.remove(path)


@pytest.fixture(scope="session")
def wine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of examples/wine."""
    spec = importlib.util.spec_from_file_location("wine_train_for_container", ROOT / "examples" / "wine" / "train.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return Path(module.train(tmp_path_factory.mktemp("wine") / "model").folder)


@pytest.fixture
def code(tmp_path: Path) -> Callable[..., Path]:
    """Makes a model folder out of the text of code/inference.py."""

    def make(text: str, **files: str) -> Path:
        folder = tmp_path / "model"
        (folder / "code").mkdir(parents=True, exist_ok=True)
        (folder / "weights.bin").write_text("x")
        (folder / "code" / "inference.py").write_text(text)
        for name, content in files.items():
            (folder / name.replace("__", "/").replace("_dot_", ".")).write_text(content)
        return folder

    return make


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """Starts the real container; `model` is a folder, the rest environment variables. Waits for /ping unless ready=False."""
    running: list[Running] = []

    def begin(model: Path | None, *, ready: bool = True, **environment: object) -> Running:
        values = {name: str(value) for name, value in environment.items()}
        running.append(start(Folder(CONTAINER), "serve", root=tmp_path_factory.mktemp("c"), environment=values, model=model))
        if ready:
            running[-1].wait_until_ready(60)
        return running[-1]

    yield begin
    for container in running:
        container.kill()

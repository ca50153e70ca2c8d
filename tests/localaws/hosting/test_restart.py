"""A server of its own: killed, started again from its journal, stopped; what runs is what was live."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slipway.localaws.process import down, up
from tests.localaws.hosting.lab import REGION, Lab, variant
from tests.localaws.strict import StrictClients


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], StrictClients]]:
    (tmp_path / "environments").mkdir()
    monkeypatch.setenv("SLIPWAY_ROOT", str(tmp_path))
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "60")
    yield lambda: StrictClients(up(tmp_path, persist=tmp_path / "kept")[0].url)
    down(tmp_path)


def containers(root: Path) -> list[int]:
    """Processes that have their folder below `root`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if f"SAGEMAKER_BASE_DIR={root}".encode() in environment:
            found.append(int(folder.name))
    return found


def gone(root: Path) -> bool:
    """Whether no container is left after a moment."""
    end = time.monotonic() + 10
    while containers(root) and time.monotonic() < end:
        time.sleep(0.1)
    return not containers(root)


def only_images(folder: Path) -> bool:
    """Whether the cache of images is all that is left, after a moment: the process ends soon after it stopped to answer."""
    end = time.monotonic() + 20
    while (left := [path.name for path in folder.iterdir()]) != ["images"] and time.monotonic() < end:
        time.sleep(0.1)
    return left == ["images"]


def ask(client: StrictClients) -> bytes:
    body: bytes = client("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"x")["Body"].read()
    return body


def test_what_was_live_runs_again(start: Callable[[], StrictClients], tmp_path: Path, image: Path) -> None:
    client = start()
    lab = Lab(client, image)
    lab.model("one"), lab.model("two"), lab.model("broken", BREAK="exit")
    for name in ("one", "two", "broken"):
        lab.config(name, variant(model=name))
    lab.create("one")
    lab.update("two")
    lab.wait()
    lab.update("broken")
    assert lab.wait()["EndpointConfigName"] == "two" and b'"two"' in ask(client)
    before, folder = containers(tmp_path), tmp_path / ".slipway" / "local" / "hosting"
    assert before
    pid = int((tmp_path / ".slipway" / "local" / "server.json").read_text().split('"pid":')[1].split(",")[0])
    os.kill(pid, signal.SIGKILL)
    assert gone(tmp_path) and (folder / str(pid)).exists()
    lab.client = client = start()
    lab.sagemaker = client("sagemaker", region=REGION)
    assert lab.wait()["EndpointConfigName"] == "two" and b'"two"' in ask(client)
    assert not (folder / str(pid)).exists() and containers(tmp_path)
    down(tmp_path)
    assert gone(tmp_path) and only_images(folder)

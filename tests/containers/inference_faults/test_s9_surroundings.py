"""Row S9: port taken, scratch folder full or read-only, few file descriptors, no network."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from slipway.containers.launch import start
from tests.containers.inference_faults.client import ask, error_of, exchange, ping, post
from tests.containers.inference_faults.container import IMAGE, Elsewhere, log
from tests.containers.inference_faults.processes import wait_for
from tests.containers.inference_faults.report import Report


@pytest.fixture
def root() -> Iterator[Path]:
    with TemporaryDirectory(prefix="slipway-fault-") as folder:
        yield Path(folder)


def test_a_taken_port_is_a_clear_failure(scripted: Path, root: Path, report: Report) -> None:
    seconds = []
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        for number in range(5):
            began = time.monotonic()
            with start(IMAGE, "serve", root=root / str(number), model=scripted, port=port) as container:
                assert wait_for(lambda: not container.alive(), 10) is not None, "started on a taken port"
                seconds.append(time.monotonic() - began)
                assert container.exit_code() not in {0, None}
                assert str(port) in log(container)
    report.add("S9", "port taken", repetitions=5, detect=max(seconds))
    assert max(seconds) < 5


def fails_or_serves(found: dict[str, Any], *causes: str) -> str:
    """The row's criterion: the container ended with one of `causes` in its log, or it serves normally. Which of them."""
    if found["exit"] is not None:
        text = Path(found["log"]).read_text()
        assert found["exit"] != 0 and any(cause in text for cause in causes), text[-1500:]
        return "failed to start"
    assert found["ping"] == 200 and found["answer"] == 200, found
    return "serves"


def fill(file: Path) -> None:
    """Write until the file system is full."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as stream:
        while True:
            stream.write(b"x" * 1024)


def test_a_full_scratch_folder(scripted: Path, root: Path, report: Report) -> None:
    """A file system of 64 kB for root; a limit of 64 kB on any file for others. A large body may fail, with an answer."""
    (root / "tmp").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(root / "tmp")], capture_output=True).returncode == 0
    try:
        with Elsewhere(*([] if mounted else ["--file-bytes", "65536"]), model=scripted, root=root) as container:
            found = container.report()
            outcome = fails_or_serves(found, "No space left", "space", "File too large")
            if outcome == "serves":
                large = exchange(found["port"], post(b'{"echo": 1}'.ljust(5_000_000)))
                assert large.status == 200 or (large.status in {500, 503, 507} and not error_of(large)), large
                if mounted:
                    fill(root / "tmp" / "filler")
                assert ask(found["port"], {"echo": 1}).status == ping(found["port"]).status == 200
                outcome += f", 5 MB: {large.status}"
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(root / "tmp")], check=True)
    report.add("S9", "scratch folder of 64 kB" if mounted else "files of at most 64 kB", outcome=outcome)


def test_a_read_only_scratch_folder(scripted: Path, root: Path, report: Report) -> None:
    (root / "tmp").mkdir(mode=0o500)
    with Elsewhere("--file-rights", model=scripted, root=root) as container:
        outcome = fails_or_serves(container.report(), str(root / "tmp"), "not writable", "Permission denied")
    report.add("S9", "read-only scratch folder", outcome=outcome)


def test_sixty_four_file_descriptors(scripted: Path, root: Path, report: Report) -> None:
    """Started with 64, then met with 100 connections at once: it serves on when they are gone."""
    with Elsewhere("--open-files", "64", model=scripted, root=root, SAGEMAKER_MODEL_SERVER_WORKERS="2") as container:
        found = container.report()
        outcome = fails_or_serves(found, "file descriptor", "open files", "RLIMIT_NOFILE", "Too many open files")
        if outcome == "serves":
            crowd = [socket.create_connection(("127.0.0.1", found["port"]), timeout=5) for _ in range(100)]
            time.sleep(0.5)
            for connection in crowd:
                connection.close()
            recovered = wait_for(lambda: ping(found["port"]).status == 200 and ask(found["port"], {"echo": 1}).status == 200, 5)
            assert recovered is not None, "does not serve after 100 connections"
            outcome += f", again {recovered:.2f} s after 100 connections"
            os.kill(found["pid"], 0)
    report.add("S9", "64 file descriptors", outcome=outcome)


def test_without_network(scripted: Path, root: Path, report: Report) -> None:
    """Network isolation: nothing but the loopback device, no name resolution. Served normally."""
    with Elsewhere("--no-network", model=scripted, root=root) as container:
        found = container.report()
    assert found["ping"] == found["answer"] == found["large"] == 200, found
    report.add("S9", "no network", outcome="serves", detect=found["ready_seconds"])

"""Row S2: the container's own parts die. It must end, so that SageMaker replaces it, and never pretend to be alive."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.containers.launch import Running
from tests.containers.inference_faults.client import ask, ping
from tests.containers.inference_faults.container import log, serving, side_by_side, workers
from tests.containers.inference_faults.processes import family, kill, nginx_master, survivors, wait_for
from tests.containers.inference_faults.report import Report

REPETITIONS = 5
END_SECONDS = 5.0


def master(container: Running) -> int:
    """The process that forks the workers."""
    answer = ask(container.port, {})
    return int(answer.json["parent"])


def supervisor(container: Running) -> int:
    return container.pid


def nginx(container: Running) -> int:
    return nginx_master(container.pid).pid


def end_by(victim: Callable[[Running], int], scripted: Path) -> tuple[float, float]:
    """Kill that part of a fresh container; seconds until it ended and until its last good ping."""
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=2) as container:
        members = family(container.pid)
        pid = victim(container)
        began = last_good = time.monotonic()
        kill(pid)
        while time.monotonic() - began < END_SECONDS + 1 and (container.alive() or survivors(members)):
            if ping(container.port, timeout=1).status == 200:
                last_good = time.monotonic()
            time.sleep(0.02)
        ended = time.monotonic() - began
        assert not container.alive(), f"still alive {ended:.1f} s after {victim.__name__} was killed\n{log(container)[-1500:]}"
        assert container.exit_code() != 0
        assert not survivors(members), f"left of {victim.__name__}: {survivors(members)}"
        assert ping(container.port, timeout=1).status == 0
        return ended, last_good - began


@pytest.mark.parametrize("victim", [supervisor, master, nginx])
def test_without_one_of_its_parts_the_container_ends(victim: Callable[[Running], int], scripted: Path, report: Report) -> None:
    results = side_by_side({str(n): lambda: end_by(victim, scripted) for n in range(REPETITIONS)}, at_once=3).values()
    ended, good = (max(values) for values in zip(*results, strict=True))
    report.add("S2", f"kill -9 the {victim.__name__}", repetitions=REPETITIONS, detect=ended, last_good_ping=good)
    assert ended <= END_SECONDS


def test_a_worker_process_of_nginx_comes_back(container: Running, report: Report) -> None:
    """nginx replaces it by itself: the container goes on, or ends; it does not stay half alive."""
    waits = []
    for _ in range(REPETITIONS):
        front = nginx_master(container.pid).pid
        children = [p.pid for p in family(front) if p.parent == front]
        for child in children:
            kill(child)
        waited = wait_for(lambda: ping(container.port).status == 200 and ask(container.port, {}).status == 200, END_SECONDS)
        assert waited is not None and container.alive()
        waits.append(waited)
    report.add("S2", "kill -9 the workers of nginx", repetitions=REPETITIONS, recover=max(waits))


def test_stopped_workers_do_not_count_as_alive(scripted: Path, report: Report) -> None:
    """Workers that hang in the kernel (SIGSTOP) are replaced after the time limit; meanwhile no connection hangs for good."""
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=2, SAGEMAKER_MODEL_SERVER_TIMEOUT=1) as container:
        frozen = workers(container, 2)
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        first = ask(container.port, {}, timeout=20)
        recovered = wait_for(lambda: ask(container.port, {}, timeout=20).status == 200, 15)
        total = time.monotonic() - began
        report.add("S2", "SIGSTOP both workers, limit 1 s", detect=first.seconds, recover=total)
        assert recovered is not None, f"never served again: {first}"
        assert first.status in {200, 502, 503, 504}
        assert total <= 10
        assert not frozen & workers(container, 2)

"""Row S3: SIGTERM with requests in flight, in tenths of the real times (those are in test_true_times.py)."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from slipway.containers.launch import Running
from tests.containers.inference_faults.client import Answer, ask, error_of, ping
from tests.containers.inference_faults.container import serving, side_by_side
from tests.containers.inference_faults.processes import wait_for
from tests.containers.inference_faults.report import Report

IN_FLIGHT = 20


def stop_under_way(container: Running, sleep: float, settle: float, limit: float) -> tuple[list[Answer], float, list[Answer]]:
    """SIGTERM with IN_FLIGHT sleeping requests; their answers, seconds to the end, and the answers to requests sent after the signal."""
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        asked = [pool.submit(ask, container.port, {"sleep": sleep, "echo": n}) for n in range(IN_FLIGHT)]
        time.sleep(settle)
        began = time.monotonic()
        os.kill(container.pid, signal.SIGTERM)
        time.sleep(0.2)
        late = [ask(container.port, {"echo": "late"}, timeout=5), ping(container.port)]
        waited = wait_for(lambda: not container.alive(), limit + 5)
        assert waited is not None, f"still alive {limit + 5} s after SIGTERM"
        return [job.result() for job in asked], time.monotonic() - began, late


def drained(scripted: Path, workers: int, sleep: float) -> float:
    """All requests in flight are answered before the container ends with 0; seconds that took."""
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=workers) as container:
        answers, seconds, late = stop_under_way(container, sleep, 0.4, 30)
        assert [a.json["echo"] if a.status == 200 else a for a in answers] == list(range(IN_FLIGHT))
        assert container.exit_code() == 0
        assert all(a.status in {0, 503} for a in late), f"accepted after SIGTERM: {late}"
        return seconds


def cut(scripted: Path, sleep: float, drain: float) -> tuple[float, int]:
    """Requests longer than the drain time end with an error of the contract, then the container with 0; seconds, and how many got an answer."""
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=4, SLIPWAY_DRAIN_SECONDS=drain) as container:
        answers, seconds, late = stop_under_way(container, sleep, 0.4, drain)
        assert container.exit_code() == 0
        assert drain * 0.9 <= seconds <= drain + 4.5
        assert all(a.status in {0, 503} for a in late)
        assert not [a for a in answers if a.status not in {502, 503, 504}], f"not cut cleanly: {answers}"
        assert not [wrong for a in answers if (wrong := error_of(a))]
        return seconds, len(answers)


def test_requests_that_fit_are_finished(scripted: Path, report: Report) -> None:
    jobs = {f"{workers} workers, {n}": partial(drained, scripted, workers, 0.5) for n in range(5) for workers in (20, 4)}
    seconds = side_by_side(jobs, at_once=2)
    report.add("S3", "SIGTERM, 20 requests of 0.5 s", repetitions=len(jobs), recover=max(seconds.values()), failed=0)


def test_requests_that_do_not_fit_are_cut_with_an_answer(scripted: Path, report: Report) -> None:
    results = side_by_side({str(n): lambda: cut(scripted, sleep=8, drain=1.5) for n in range(5)}, at_once=5).values()
    report.add(
        "S3",
        "SIGTERM, 20 requests of 8 s, drain 1.5 s",
        repetitions=5,
        recover=max(seconds for seconds, _ in results),
        answered=sum(n for _, n in results),
    )


def test_idle_container_ends_at_once(scripted: Path, report: Report) -> None:
    """Control: nothing in flight. A second SIGTERM and a SIGINT change nothing."""
    with serving(scripted) as container:
        began = time.monotonic()
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(ProcessLookupError):
                os.kill(container.pid, number)
            time.sleep(0.02)
        assert wait_for(lambda: not container.alive(), 5) is not None
        report.add("S3", "SIGTERM, idle", recover=time.monotonic() - began)
        assert container.exit_code() == 0

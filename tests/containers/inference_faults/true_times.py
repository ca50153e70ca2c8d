"""The waits of test_true_times.py: each starts a container of its own and mostly sleeps."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.containers.inference_faults.client import Answer, ask
from tests.containers.inference_faults.container import serving, workers
from tests.containers.inference_faults.test_s3_sigterm import cut, drained
from tests.containers.inference_faults.test_s8_slow_start import slow_start

SLEEPS = (30, 59, 61, 120)


def sixty_seconds(scripted: Path) -> tuple[dict[int, Answer], set[int], set[int]]:
    """One request each of SLEEPS on four workers with the default time limit; the answers, the workers before and after."""
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=len(SLEEPS)) as container:
        before = workers(container, len(SLEEPS))
        with ThreadPoolExecutor(len(SLEEPS)) as pool:
            answers = dict(zip(SLEEPS, pool.map(lambda seconds: ask(container.port, {"sleep": seconds}), SLEEPS), strict=True))
        return answers, before, workers(container, len(SLEEPS))


def waits(scripted: Path, scratch: Path) -> dict[str, Callable[[], Any]]:
    """By name: what to run."""
    return {
        "sixty seconds": lambda: sixty_seconds(scripted),
        "sigterm 5": lambda: drained(scripted, 20, 5),
        "sigterm 40": lambda: cut(scripted, 40, 25),
        "slow start": lambda: slow_start(scratch / "slow", 10),
    }

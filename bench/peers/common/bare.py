"""`python bare.py`: median seconds of the bare predict of one row, and of decode + predict + encode, in a loop inside one process."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import handlers

SECONDS = 1.0


def median(call: Callable[[], Any]) -> float:
    """Median seconds of a call over SECONDS, after a short warm-up."""
    for _ in range(50):
        call()
    times, end = [], time.perf_counter() + SECONDS
    while (started := time.perf_counter()) < end:
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    body = sys.stdin.buffer.read()
    functions, model = handlers.load()
    data = functions.input_fn(body, "application/json")
    predict = median(lambda: functions.predict_fn(data, model))
    whole = median(lambda: handlers.answer(body, "application/json", "application/json"))
    json.dump({"predict": predict, "whole": whole}, sys.stdout)

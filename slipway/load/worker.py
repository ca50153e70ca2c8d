"""A client process: waits for the start, sends its share, tells what it counts twice a second, and reports at the end."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import select
import selectors
import sys
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any

from slipway.load.client import Client
from slipway.load.plan import Plan
from slipway.load.tally import Tally

TELL_SECONDS = 0.5
_GC_THRESHOLD = 50_000
_PR_SET_TIMERSLACK = 29
"""Of prctl(2); its value is nanoseconds, for this thread."""


def work(plan: Plan, number: int, pipe: Connection) -> None:
    """Entry point of the process.

    Messages to the parent: ("ready",), ("news", counts, seconds), ("done", results) or ("failed", text). From the parent: the start on
    the monotonic clock, which all processes of a machine share, then perhaps "stop".
    """
    try:
        loop = precise_loop()
        try:
            loop.run_until_complete(_work(plan, number, pipe))
        finally:
            loop.close()
    except EOFError:
        return  # the parent is gone
    except Exception as error:  # whatever it is, the parent has to tell it
        pipe.send(("failed", f"{type(error).__name__}: {error}", traceback.format_exc()))


async def _work(plan: Plan, number: int, pipe: Connection) -> None:
    tally = Tally(len(plan.cases))
    client = Client(plan, tally, plan.own_limit(number))
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    pipe.send(("ready",))
    start = float(await asyncio.to_thread(pipe.recv))
    cpu, loop = time.process_time(), asyncio.get_running_loop()
    loop.add_reader(pipe.fileno(), _listen, pipe, client)
    teller = asyncio.create_task(_tell(pipe, tally))
    await client.run(plan.schedule.due(number, plan.processes), start)
    ended = loop.time()
    loop.remove_reader(pipe.fileno())
    teller.cancel()
    pipe.send(("done", _results(tally, ended, time.process_time() - cpu)))


def _listen(pipe: Connection, client: Client) -> None:
    """The parent says stop, or is gone: both end the test."""
    asyncio.get_running_loop().remove_reader(pipe.fileno())
    client.stopped.set()


async def _tell(pipe: Connection, tally: Tally) -> None:
    while True:
        await asyncio.sleep(TELL_SECONDS)
        pipe.send(("news", tally.counts, tally.news()))


def _results(tally: Tally, ended: float, cpu: float) -> dict[str, Any]:
    histograms = {name: getattr(tally, name).encode() for name in ("latency", "service", "lag")}
    by_case = [latencies.encode() for latencies in tally.by_case]
    return {"counts": tally.counts, "seconds": tally.news(), "by_case": by_case, "ended": ended, "cpu": cpu, **histograms}


def precise_loop() -> asyncio.AbstractEventLoop:
    """An event loop whose timers are exact to some ten microseconds."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)  # else the kernel wakes a thread up to 50 microseconds late
    return asyncio.SelectorEventLoop(_Precise() if hasattr(selectors, "EpollSelector") else selectors.DefaultSelector())


if hasattr(selectors, "EpollSelector"):

    class _Precise(selectors.EpollSelector):
        """Waits to the microsecond: epoll counts in milliseconds and asyncio rounds up, which would send every request late."""

        def select(self, timeout: float | None = None) -> Any:
            if timeout is not None and timeout > 0:
                select.select([self.fileno()], [], [], timeout)
                timeout = 0
            return super().select(timeout)

"""Traffic in the background: an open loop at a fixed rate with checked answers, and a watcher of /ping."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType

from tests.containers.inference_faults.client import Answer, ping

Exchange = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Load:
    """Sends `request(i)` at `rate` per second over kept-alive connections, whatever the answers; `check` says what is wrong with one.

    An open loop: a slow server meets more requests at once, as it does with real clients. Used as a context manager.
    """

    def __init__(self, port: int, rate: float, request: Callable[[int], bytes], check: Callable[[int, Answer], str] | None = None) -> None:
        self.answers: list[tuple[float, Answer]] = []
        self.wrong: list[str] = []
        self.sent = 0
        self._port, self._rate, self._request, self._check = port, rate, request, check
        self._stop = threading.Event()
        self._idle: list[Exchange] = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    async def _run(self) -> None:
        began, tasks = time.monotonic(), set()
        while not self._stop.is_set():
            task = asyncio.create_task(self._one(self.sent))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            self.sent += 1
            await asyncio.sleep(max(0.0, began + self.sent / self._rate - time.monotonic()))
        await asyncio.gather(*tasks)
        for _, writer in self._idle:
            writer.close()

    async def _one(self, number: int) -> None:
        sent = time.monotonic()
        try:
            answer = await asyncio.wait_for(self._exchange(self._request(number), sent), 75)
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError, IndexError) as error:
            answer = Answer(0, seconds=time.monotonic() - sent, error=f"{type(error).__name__}: {error}")
        self.answers.append((sent, answer))
        if self._check and (wrong := self._check(number, answer)):
            self.wrong.append(f"request {number}: {wrong}")

    async def _exchange(self, request: bytes, sent: float) -> Answer:
        while self._idle and (self._idle[-1][0].at_eof() or self._idle[-1][1].is_closing()):
            self._idle.pop()[1].close()
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        keep = False
        try:
            writer.write(request)
            await writer.drain()
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in lines[1:] if line)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(int(headers["content-length"])) if "content-length" in headers else await reader.read()
            keep = "content-length" in headers and headers.get("connection", "").lower() != "close"
            return Answer(int(lines[0].split()[1]), headers, body, time.monotonic() - sent)
        finally:
            if keep:
                self._idle.append((reader, writer))
            else:
                writer.close()

    def statuses(self) -> Counter[int]:
        return Counter(answer.status for _, answer in self.answers)

    def failed(self) -> list[str]:
        """Every answer that is not 200, in words."""
        return [f"{a.status} {a.error or a.body[:120]!r} after {a.seconds:.2f} s" for _, a in self.answers if a.status != 200]

    def seconds(self, share: float, status: int = 200) -> float:
        """That share (0 to 1) of the answers with this status took no longer."""
        return percentile([a.seconds for _, a in self.answers if a.status == status], share)


class Pings:
    """Asks /ping on a new connection every `every` seconds until left; `answers` holds (when, answer)."""

    def __init__(self, port: int, every: float = 0.1) -> None:
        self.answers: list[tuple[float, Answer]] = []
        self._port, self._every = port, every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Pings:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            when = time.monotonic()
            self.answers.append((when, ping(self._port)))

    @property
    def slowest(self) -> float:
        """Seconds of the slowest one."""
        return max((answer.seconds for _, answer in self.answers), default=0.0)

    def refused(self) -> list[str]:
        """Those that were not 200."""
        return [f"{a.status} {a.error}{a.body[:80]!r}" for _, a in self.answers if a.status != 200]


def percentile(values: list[float], share: float) -> float:
    """Nearest rank; 0 when there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

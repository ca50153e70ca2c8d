"""A server with known delays, as a process of its own: `python -m tests.load.delays PLAN` prints its port and serves until it is ended.

PLAN is JSON: `delays` (seconds; request n gets number n of them, over and over) and `stall` (from, seconds: of the first request's
time on, everything that comes or would be answered in this span is answered at its end). With `serial` one request is worked on at a
time, the others wait in line: 1 / delay requests a second and no more.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slipway.load.worker import precise_loop

ROOT = Path(__file__).resolve().parents[2]
ANSWER = b'{"results": [3.0]}'


class _Answers(asyncio.Protocol):
    """One connection. A body beginning with `bad` is refused, with `wrong` answered wrong, with `cut` answered by closing."""

    count = 0
    first = -1.0
    delays: Sequence[float] = ()
    stall: tuple[float, float] = (-1.0, 0.0)
    serial = False
    free = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._received = b""

    def data_received(self, data: bytes) -> None:
        now = asyncio.get_running_loop().time()
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            if len(rest) < size:
                return
            self._received = rest[size:]
            asyncio.get_running_loop().call_at(self._when(now), self._answer, rest[:size])

    def _when(self, now: float) -> float:
        mine = type(self)
        if mine.first < 0:
            mine.first = now
        at = (max(now, mine.free) if mine.serial else now) + mine.delays[mine.count % len(mine.delays)]
        mine.count, mine.free = mine.count + 1, at
        begin = mine.first + mine.stall[0]
        return begin + mine.stall[1] if mine.stall[1] and begin <= at < begin + mine.stall[1] else at

    def _answer(self, body: bytes) -> None:
        status, text = "200 OK", ANSWER
        if body.startswith(b"cut"):
            self._transport.close()
            return
        if body.startswith(b"bad"):
            status, text = "503 Service Unavailable", b'{"message": "no capacity"}'
        if body.startswith(b"wrong"):
            text = b'{"results": [4.0]}'
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
        self._transport.write(head.encode() + text)


async def _serve(plan: dict[str, Any]) -> None:
    _Answers.delays, _Answers.stall, _Answers.serial = plan["delays"], tuple(plan["stall"]), plan["serial"]
    server = await asyncio.get_running_loop().create_server(_Answers, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def delayed(delays: Sequence[float], stall: tuple[float, float] = (-1.0, 0.0), *, serial: bool = False) -> Iterator[str]:
    """The server's URL while it is open."""
    plan = json.dumps({"delays": list(delays), "stall": stall, "serial": serial})
    command = [sys.executable, "-m", "tests.load.delays", plan]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/invocations"
        finally:
            process.terminate()


if __name__ == "__main__":
    loop = precise_loop()
    loop.run_until_complete(_serve(json.loads(sys.argv[1])))

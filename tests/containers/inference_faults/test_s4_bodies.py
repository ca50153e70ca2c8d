"""Row S4: bodies at and over the limit, lying about their length, or coming one byte at a time."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.containers.launch import Running
from tests.containers.inference_faults.client import JSON, ask, chunked, error_of, exchange, head, post
from tests.containers.inference_faults.container import log, serving
from tests.containers.inference_faults.load import Load
from tests.containers.inference_faults.processes import Peak, wait_for
from tests.containers.inference_faults.report import Report

LIMIT = 6 * 1024 * 1024
MEGABYTE = 1024 * 1024
SLOW_SOCKETS = 200
PREDICT_SECONDS = 0.02


def padded(size: int) -> bytes:
    """A sound question of exactly that many bytes."""
    return b'{"echo": 1}'.ljust(size)


@pytest.fixture(scope="module")
def shared(scripted: Path) -> Iterator[Running]:
    """One container for the cheap cases: none of them may harm it."""
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=2) as container:
        yield container
        assert ask(container.port, {"echo": 5}).json["echo"] == 5


@pytest.mark.parametrize(("size", "status"), [(LIMIT - 1, 200), (LIMIT, 200), (LIMIT + 1, 413), (2 * LIMIT, 413)])
def test_the_limit_is_exact(shared: Running, size: int, status: int) -> None:
    for _ in range(5):
        answer = exchange(shared.port, post(padded(size)))
        assert answer.status == status, answer
        assert answer.json["bytes"] == size if status == 200 else not error_of(answer)


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (LIMIT, 200), (LIMIT + 1, 413), (20 * MEGABYTE, 413)])
def test_the_limit_holds_for_chunked_bodies(shared: Running, size: int, status: int) -> None:
    body = padded(size)
    parts = [body[start : start + 65536] for start in range(0, size, 65536)]
    answer = exchange(shared.port, head("POST", "/invocations", {"Content-Type": JSON, "Transfer-Encoding": "chunked"}), chunked(parts))
    assert answer.status == status, answer
    assert answer.json["bytes"] == size if status == 200 else not error_of(answer)


def test_a_hundred_megabytes_are_refused_without_being_kept(shared: Running, report: Report) -> None:
    """Neither in memory nor in the scratch folder, in whichever way the client sends them."""
    size = 100 * MEGABYTE
    block = b" " * MEGABYTE
    declared = head("POST", "/invocations", {"Content-Type": JSON, "Content-Length": size})
    streamed = head("POST", "/invocations", {"Content-Type": JSON, "Transfer-Encoding": "chunked"})
    waiting = head("POST", "/invocations", {"Content-Type": JSON, "Content-Length": size, "Expect": "100-continue"})
    scratch = shared.log.parent
    with Peak(shared.pid) as watched:
        answers = [exchange(shared.port, declared, (block for _ in range(100))) for _ in range(5)]
        answers += [exchange(shared.port, streamed, chunked(block for _ in range(100))) for _ in range(5)]
        answers += [exchange(shared.port, waiting)]
    kept = sum(file.stat().st_size for file in scratch.rglob("*") if file.is_file() and not file.is_symlink())
    report.add("S4", "body of 100 MB", repetitions=11, detect=max(a.seconds for a in answers), memory_mb=watched.grown / MEGABYTE)
    assert [a.status for a in answers] == [413] * 11, answers
    assert not [wrong for a in answers if (wrong := error_of(a))]
    assert watched.grown < 3 * LIMIT
    assert kept < 3 * LIMIT


def test_large_bodies_cost_at_most_three_times_their_size(scripted: Path, known: Path, report: Report) -> None:
    """For a handler that keeps nothing of a body, and for tables into the model without code. The worker has answered small ones before."""
    row = b"1.123456789012,2.123456789012,3.123456789012,4.123456789012"
    count = 5 * MEGABYTE // (len(row) + 4)
    table = b'{"instances": [' + b", ".join([b"[" + row + b"]"] * count) + b"]}"
    cases = {
        "one document": (scripted, post(padded(20)), post(padded(5 * MEGABYTE))),
        "CSV": (known, post(row + b"\n", "text/csv"), post((row + b"\n") * count, "text/csv")),
        "JSON rows": (known, post(b"[[" + row + b"]]"), post(table)),
    }
    grown = {}
    for name, (model, small, large) in cases.items():
        with serving(model, SAGEMAKER_MODEL_SERVER_WORKERS=1) as container:
            assert [exchange(container.port, small).status for _ in range(10)] == [200] * 10
            with Peak(container.pid) as watched:
                assert [exchange(container.port, large).status for _ in range(10)] == [200] * 10
        grown[name] = watched.grown / MEGABYTE
        report.add("S4", f"5 MB as {name}, served", repetitions=10, memory_mb=grown[name])
    assert max(grown.values()) <= 3 * 5, grown


LIES = {
    "shorter than it says, then the end": (
        head("POST", "/invocations", {"Content-Type": JSON, "Content-Length": 500}) + b'{"echo": 1}',
        True,
        {0, 400, 408},
    ),
    "longer than it says": (
        head("POST", "/invocations", {"Content-Type": JSON, "Content-Length": 11}) + b'{"echo": 1}{"echo": 2}{"echo": 3}',
        False,
        {200},
    ),
    "a prefix of the JSON": (head("POST", "/invocations", {"Content-Type": JSON, "Content-Length": 5}) + b'{"echo": 1}', False, {400}),
    "negative": (head("POST", "/invocations", {"Content-Type": JSON, "Content-Length": -1}), False, {400}),
    "not a number": (head("POST", "/invocations", {"Content-Type": JSON, "Content-Length": "ten"}), False, {400}),
    "beyond 64 bits": (head("POST", "/invocations", {"Content-Type": JSON, "Content-Length": 10**30}), False, {400, 413}),
    "two lengths": (
        head("POST", "/invocations", {"Content-Type": JSON, "Content-Length": 2, "content-length": 11}) + b'{"echo": 1}',
        False,
        {400},
    ),
    "length and chunks": (
        head("POST", "/invocations", {"Content-Type": JSON, "Content-Length": 4, "Transfer-Encoding": "chunked"}) + b"0\r\n\r\n",
        False,
        {400},
    ),
    "chunk size that is none": (
        head("POST", "/invocations", {"Content-Type": JSON, "Transfer-Encoding": "chunked"}) + b"xyz\r\n\r\n",
        False,
        {400},
    ),
    "unknown coding": (head("POST", "/invocations", {"Content-Type": JSON, "Transfer-Encoding": "gzip"}) + b"0\r\n\r\n", False, {400, 501}),
    "no length at all": (head("POST", "/invocations", {"Content-Type": JSON}), False, {400, 411}),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_wrong_length_is_answered_and_harms_nobody(shared: Running, lie: str) -> None:
    request, half_close, expected = LIES[lie]
    for _ in range(5):
        answer = exchange(shared.port, request, timeout=5, half_close=half_close)
        assert answer.status in expected, answer
        assert answer.status in {0, 200} or not error_of(answer), error_of(answer)


def test_what_follows_a_body_is_a_request_of_its_own(shared: Running) -> None:
    """No answer of the second request is ever given to the first, and the surplus bytes do not reach the model."""
    with socket.create_connection(("127.0.0.1", shared.port), timeout=5) as connection:
        connection.sendall(post(b'{"echo": "first"}') + post(b'{"echo": "second"}'))
        received = b""
        with contextlib.suppress(TimeoutError):
            while received.count(b'"echo"') < 2 and (part := connection.recv(65536)):
                received += part
    assert received.index(b"first") < received.index(b"second")


def drip(port: int, stop: threading.Event, answers: list[int], inside_header: bool) -> None:
    """SLOW_SOCKETS connections that send one byte a second each, until told to stop; statuses of early answers."""
    start = (
        b"POST /invocations HTTP/1.1\r\nHost: container\r\nX-Slow: "
        if inside_header
        else head("POST", "/invocations", {"Content-Type": JSON, "Content-Length": 100_000})
    )
    sockets = []
    for _ in range(SLOW_SOCKETS):
        sockets.append(socket.create_connection(("127.0.0.1", port), timeout=5))
        sockets[-1].sendall(start)
    while not stop.wait(1):
        for connection in list(sockets):
            try:
                connection.sendall(b"1")
            except OSError:
                sockets.remove(connection)
                answers.append(0)
    for connection in sockets:
        connection.close()


def good_traffic(container: Running, seconds: float) -> Load:
    with Load(container.port, 40, lambda n: post(json.dumps({"sleep": PREDICT_SECONDS, "echo": n}).encode())) as load:
        time.sleep(seconds)
    assert not load.failed(), load.failed()[:5]
    return load


def test_slow_senders_do_not_slow_the_others(shared: Running, report: Report) -> None:
    """SLOW_SOCKETS in the body and as many inside the header. The control runs before and after, since other programs share the machine."""
    controls = [good_traffic(shared, 2)]
    stop, dropped = threading.Event(), list[int]()
    threads = [threading.Thread(target=drip, args=(shared.port, stop, dropped, inside_header)) for inside_header in (False, True)]
    with Peak(shared.pid) as watched:
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        load = good_traffic(shared, 5)
        stop.set()
        for thread in threads:
            thread.join()
    controls.append(good_traffic(shared, 2))
    p99, control = load.seconds(0.99), max(run.seconds(0.99) for run in controls)
    report.add(
        "S4", f"2 x {SLOW_SOCKETS} sockets at 1 B/s", p99_ms=1000 * p99, control_ms=1000 * control, memory_mb=watched.grown / MEGABYTE
    )
    assert p99 < 2 * control
    assert watched.grown < 16 * MEGABYTE


def test_a_sender_that_stops_half_way_is_hung_up_on(scripted: Path, report: Report) -> None:
    """Within SLIPWAY_CLIENT_TIMEOUT. nginx closes such a connection without an answer, and notes 408."""
    with serving(scripted, SLIPWAY_CLIENT_TIMEOUT=1) as container:
        unfinished = head("POST", "/invocations", {"Content-Type": JSON, "Content-Length": 1000}) + b"{"
        answers = [exchange(container.port, unfinished, timeout=10) for _ in range(2)]
        recorded = wait_for(lambda: log(container).count('"status":408') == 2, 2)
    report.add("S4", "body stops half way, limit 1 s", repetitions=2, detect=max(answer.seconds for answer in answers))
    assert all(answer.status in {0, 408} and answer.seconds < 3 for answer in answers), answers
    assert recorded is not None, "not in the access log as 408"

"""The serving benchmark's own arithmetic, parsers and load generator; the last test serves for a second. Nothing asserts a speed."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.load.generate import Generator
from bench.load.payloads import payloads, right, same, v2_body
from bench.load.wire import Plan, complete
from bench.serving import BIG, POINTS, Found, Options, Results, slow_model, train
from bench.serving_load import Client, Load
from bench.serving_process import Server, running
from bench.serving_rows import ratios, rows, spread
from bench.serving_stacks import CLASSIC, CLASSIC_PANDAS, OURS, PEER_STACKS, PEERS, command, requirements

ROOT = Path(__file__).resolve().parents[2]
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (HEAD, 1),
        (HEAD + b"Content-Length: 5\r\n\r\nab", 3),
        (HEAD + b"content-length: 2\r\n\r\nab", (200, b"ab", False)),
        (HEAD + b"Content-Length: 0\r\nConnection: close\r\n\r\n", (200, b"", True)),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n", (200, b"abc", False)),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", 5),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 1\r\n\r\nx", (503, b"x", False)),
    ],
)
def test_an_answer_is_read_as_http(data: bytes, found: object) -> None:
    assert complete(data) == found


def test_what_is_no_http_is_refused() -> None:
    with pytest.raises((ValueError, IndexError)):
        complete(b"hello\r\n\r\n")


@contextmanager
def scripted(answer: Callable[[bytes], list[bytes]]) -> Iterator[int]:
    """A server that answers each request's body with pieces; no pieces: it closes the connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            data = b""
            while more := connection.recv(65536):
                data += more
                head, separator, body = data.partition(b"\r\n\r\n")
                length = re.search(rb"Content-Length: (\d+)", head)
                if separator and len(body) >= (int(length[1]) if length else 0):
                    data = b""
                    pieces = answer(body)
                    if not pieces:
                        return
                    for piece in pieces:
                        connection.sendall(piece)
                        time.sleep(0.001)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


def _http(body: bytes, status: int = 200) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


def test_the_generator_counts_right_wrong_refused_and_lost_answers() -> None:
    big = b"x" * 300_000
    answers = {
        b"right": [_http(b"right")],
        b"two": [_http(b"two")[:-3], b"two"],
        b"chunks": [HEAD + b"Transfer-Encoding: chunked\r\n\r\n6\r\n", b"chunks\r\n0\r\n\r\n"],
        b"closes": [HEAD + b"Connection: close\r\nContent-Length: 6\r\n\r\ncloses"],
        b"wrong": [_http(b"other")],
        b"longer": [_http(b"xlonger")],
        b"busy": [_http(b"busy", 503)],
        b"gone": [],
        big: [_http(big)],
    }
    with scripted(lambda body: answers[body]) as port:
        plan = Plan(port, 0.6, 2, exchanges=[(body.decode(), body.decode()) for body in answers])
        report = Generator(plan).run()
    counts = report["counts"]
    each = counts["lost"]
    assert each > 1 and report["reasons"] == {"ConnectionAbortedError": each}
    assert abs(counts["503"] - each) <= 2 and abs(counts["wrong"] - 2 * each) <= 4 and abs(counts["ok"] - 5 * each) <= 10
    assert {text for _, text in report["mismatches"]} == {"other", "xlonger"}


def test_the_generator_learns_each_answer_once() -> None:
    with scripted(lambda body: [_http(body.upper())]) as port:
        report = Generator(Plan(port, 5.0, exchanges=[("a", ""), ("b", "")], once=True)).run()
    assert sorted(report["mismatches"]) == [(0, "A"), (1, "B")]


def test_answers_are_compared_by_value() -> None:
    known = {"predictions": [{"cultivar": "class_0", "probabilities": {"class_0": 0.9, "class_1": 0.1}}]}
    assert same(known, {"predictions": [{"cultivar": "class_0", "probabilities": {"class_0": 0.900001, "class_1": 0.1}}]})
    assert not same(known, {"predictions": [{"cultivar": "class_0", "probabilities": {"class_0": 0.90001, "class_1": 0.1}}]})
    assert not same(known, {"predictions": []}) and not same([1], "1") and same(["0.5", "a"], ["0.500000", "a"])
    assert right(known, json.dumps(known)) and not right(known, "no JSON") and not right(known, "[]")
    assert right("a,0.25\n", "a,0.250000\r\n") and not right("a,0.25\n", "b,0.25\n") and not right("a\nb\n", "a\n")
    assert right(known, json.dumps({"outputs": [{"data": [0.9, 0.1]}]}), "v2") and not right(known, "{}", "v2")
    tensor = json.loads(v2_body('{"instances": [[1, 2], [3, 4]]}'))["inputs"][0]
    assert tensor["shape"] == [2, 2] and tensor["data"] == [1, 2, 3, 4]


def _load(rate: float, p99: float = 0.01, **counts: int) -> Load:
    return Load(rate, p99 / 2, p99, p99, ok=int(rate), wrong=counts.get("wrong", 0), lost=counts.get("lost", 0))


def _results(times: float, **counts: int) -> Results:
    """Ours is `times` as fast as the classic and 1.1 times as fast as the one peer."""
    peer = PEER_STACKS[0]
    found = {stack.name: Found(stack, memory=100.0, cold=[1.0]) for stack in (OURS, CLASSIC, CLASSIC_PANDAS, peer)}
    for point in (*POINTS, BIG):
        for name, rate in ((OURS.name, 100 * times), (CLASSIC.name, 100.0), (CLASSIC_PANDAS.name, 200.0), (peer.name, 100 * times / 1.1)):
            found[name].loads[point] = [_load(rate, **(counts if name == OURS.name else {})) for _ in range(3)]
    for name in (OURS.name, CLASSIC.name):
        found[name].ping, found[name].killed = _load(20, 0.5), _load(900, lost=0 if name == OURS.name else 3)
    found[OURS.name].memory, found[OURS.name].big_growth = 90.0, 14.0
    return Results(found, 0.0001, 0.0002)


def test_bars_are_met_and_missed() -> None:
    table = rows(_results(6.0))
    assert all(row.met for row in table), [row for row in table if not row.met]
    missed = {row.what: row.bar for row in rows(_results(2.0, wrong=1)) if not row.met}
    assert list(missed.values()) == ["2.5x the classic", "5.0x the classic", "2.5x the classic", "0"]
    slow = rows(_results(0.9))
    assert [row.met for row in slow if row.what.startswith("one row as JSON")] == [False] * 3


def test_behaviour_has_its_bars() -> None:
    results = _results(6.0)
    ours = results.found[OURS.name]
    ours.ping, ours.killed, ours.cold, ours.memory, ours.big_growth = _load(20, 1.5), _load(900, lost=1), [2.5], 101.0, 15.1
    assert [row.bar for row in rows(results) if not row.met] == ["1 s", "0", "2 s", "the classic's", "3x"]


def test_a_stack_that_does_not_run_says_so() -> None:
    results = _results(6.0)
    results.found["gone"] = Found(PEER_STACKS[1], failure="does not install: no wheel")
    assert any(row.value == "does not install: no wheel" and row.met for row in rows(results))
    results.found[OURS.name].failure = "does not start"
    assert [(row.value, row.met) for row in rows(results)] == [("does not start", False)]


def test_a_ratio_belongs_to_its_round() -> None:
    assert ratios([_load(4), _load(9)], [_load(2), _load(3)]) == [2, 3]
    assert spread([3.0, 1.0, 2.0]) == "2.00 (1.00-3.00)"


def test_peers_are_chosen_by_name() -> None:
    assert Options(quick=True).stacks() == (CLASSIC, OURS)
    assert {stack.name for stack in Options(peers=("granian",)).stacks()[2:]} == {"granian RSGI", "granian ASGI", "granian WSGI + Flask"}
    assert len({stack.name for stack in Options().stacks()}) == 2 + len(PEER_STACKS)


def test_every_peer_has_pinned_requirements_with_our_versions_of_the_model_libraries() -> None:
    pin = re.compile(r"^(scikit-learn|numpy|skops|scipy)==([\w.]+)", re.MULTILINE)
    ours = dict(pin.findall((ROOT / "containers" / "inference" / "requirements.txt").read_text()))
    for stack in (CLASSIC, *PEER_STACKS):
        text = requirements(stack).read_text()
        assert dict(pin.findall(text)) == ours, stack.name
        assert all(re.fullmatch(r"[\w.-]+==[\w.+]+", line) for line in text.splitlines()), stack.name
        program = command(stack, Path("/venv/bin/python"), Path("/scratch"), 8123)
        assert not any("{" in word for word in program)
        assert program[0].startswith("/venv/bin/") and (
            program[1] == "-m" or not program[1].endswith(".py") or (PEERS / stack.kit / program[1]).exists()
        )


def test_processes_of_a_server_are_found_by_their_mark(tmp_path: Path) -> None:
    child = "import subprocess, os; os.environ.clear(); subprocess.run(['sleep', '30'])"
    mark = f"mark-{os.getpid()}"
    process = subprocess.Popen([sys.executable, "-c", child], env={**os.environ, "SLIPWAY_BENCH_SERVER": mark})
    server = Server(OURS, 0, mark, tmp_path / "log", lambda: True)
    try:
        deadline = time.monotonic() + 5
        while len(server.processes()) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        found = server.processes()
        assert len(found) == 2 and "sleep" in found.values()
        assert server.memory() > 1 and server.resident().keys() == found.keys() and server.growth(server.resident()) < 5
    finally:
        for pid in server.processes():
            os.kill(pid, 9)
        process.wait()


def test_our_container_answers_rightly_under_load(tmp_path: Path) -> None:
    model = train(tmp_path)
    known = payloads(model)["json1"]
    with running(OURS, model, tmp_path) as server:
        load = Client(server, known).load(4, 1.0)
    assert load.ok > 10 and load.failed == 0
    slow = slow_model(model, tmp_path / "slow")
    assert json.loads((slow / "slipway.json").read_text())["row_independent"] is False
    compile((slow / "code" / "inference.py").read_text(), "inference.py", "exec")

"""Row S5: requests that are wrong in every way. Never a 5xx, always the JSON error, nothing leaked, no worker lost."""

from __future__ import annotations

import io
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slipway.containers.launch import Running
from tests.containers.inference_faults.client import JSON, Answer, error_of, exchange, head, post, read_answer
from tests.containers.inference_faults.container import serving
from tests.containers.inference_faults.models import Payload, right_answer
from tests.containers.inference_faults.processes import family
from tests.containers.inference_faults.report import Report

BODIES = 10_000
CLIENTS = 4
GOOD = b'{"instances": [[1, 2, 3, 4]]}'


@pytest.fixture(scope="module")
def target(known: Path) -> Iterator[Running]:
    """The known model; afterwards the same processes are there as before, and they still answer right."""
    with serving(known, SAGEMAKER_MODEL_SERVER_WORKERS=2) as container:
        before = {p.pid for p in family(container.pid)}
        yield container
        assert {p.pid for p in family(container.pid)} == before, "a process died or was replaced"
        answer = exchange(container.port, post(GOOD))
        assert abs(answer.json["predictions"][0] - right_answer([1, 2, 3, 4])) < 1e-3


def array(content: Any, allow_pickle: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(content), allow_pickle=allow_pickle)
    return buffer.getvalue()


def array_head(shape: tuple[int, ...]) -> bytes:
    """The first bytes of an array of doubles of that shape."""
    buffer = io.BytesIO()
    header: Any = np.lib.format.write_array_header_1_0
    header(buffer, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return buffer.getvalue()


NPY = "application/x-npy"
BAD: dict[str, tuple[bytes, str | None, set[int]]] = {
    "no body": (b"", JSON, {400}),
    "half a document": (GOOD[:-3], JSON, {400}),
    "words": (b"hello", JSON, {400}),
    "NaN": (b'{"instances": [[1, 2, 3, NaN]]}', JSON, {400}),
    "Infinity": (b'{"instances": [[1, 2, -Infinity, 4]]}', JSON, {400}),
    "number beyond a double": (b'{"instances": [[1, 2, 3, 1e999]]}', JSON, {400}),
    "integer of 5000 digits": (b'{"instances": [[1, 2, 3, ' + b"9" * 5000 + b"]]}", JSON, {400}),
    "depth 100000 of lists": (b"[" * 100_000 + b"]" * 100_000, JSON, {400}),
    "depth 100000 of objects": (b'{"instances":' * 100_000 + b"1" + b"}" * 100_000, JSON, {400}),
    "depth 100000 unclosed": (b"[" * 100_000, JSON, {400}),
    "bad UTF-8": (b'{"instances": [[1, 2, 3, "\xff\xfe"]]}', JSON, {400}),
    "lone surrogate": (b'{"instances": [[1, 2, 3, "\\ud800"]]}', JSON, {400}),
    "NUL bytes": (b"\0" * 100, JSON, {400}),
    "UTF-16": (GOOD.decode().encode("utf-16"), JSON, {400}),
    "text in a row": (b'{"instances": [[1, 2, 3, "4x"]]}', JSON, {400}),
    "null in a row": (b'{"instances": [[1, 2, 3, null]]}', JSON, {400}),
    "object in a row": (b'{"instances": [[1, 2, 3, {}]]}', JSON, {400}),
    "rows of other widths": (b'{"instances": [[1, 2, 3, 4], [1, 2]]}', JSON, {400}),
    "row too wide": (b'{"instances": [[1, 2, 3, 4, 5]]}', JSON, {400}),
    "row too deep": (b'{"instances": [[[1, 2, 3, 4]]]}', JSON, {400}),
    "no rows": (b'{"instances": []}', JSON, {200, 400}),
    "no instances": (b'{"rows": [[1, 2, 3, 4]]}', JSON, {400}),
    "a number": (b"7", JSON, {400}),
    "null": (b"null", JSON, {400}),
    "CSV with text": (b"1,2,3,red\n", "text/csv", {400}),
    "CSV with a short row": (b"1,2,3,4\n1,2\n", "text/csv", {400}),
    "CSV with open quotes": (b'1,2,3,"4\n', "text/csv", {400}),
    "CSV with NUL": (b"1,2,3,\0\n", "text/csv", {400}),
    "CSV with NaN": (b"1,2,3,nan\n", "text/csv", {400}),
    "CSV with an empty field": (b"1,2,,4\n", "text/csv", {400}),
    "CSV of 10 MB in one field": (b"1" * 5_000_000, "text/csv", {400}),
    "lines of which one is wrong": (b"[1,2,3,4]\n{\n", "application/jsonlines", {400}),
    "NPY that is none": (b"\x93NUMPY", NPY, {400}),
    "NPY that says it is 8 EB": (array_head((10**15, 1000)) + bytes(32), NPY, {400, 413}),
    "NPY with less than it says": (array_head((9, 4)) + bytes(32), NPY, {400}),
    "NPY with a shape below zero": (array_head((-1, 4)) + bytes(32), NPY, {400}),
    "NPY of text": (array(np.array([["a", "b", "c", "d"]])), NPY, {400}),
    "other content type": (GOOD, "application/x-unknown", {415}),
    "image": (b"\x89PNG", "image/png", {415}),
    "content type that is none": (GOOD, ";;;=", {415}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_body_is_told_so(target: Running, name: str) -> None:
    body, content_type, expected = BAD[name]
    for _ in range(5):
        answer = exchange(target.port, post(body, content_type), timeout=10)
        assert answer.status in expected, f"{answer.status} {answer.error} {answer.body[:300]!r}"
        assert answer.status == 200 or not error_of(answer), error_of(answer)
        assert answer.seconds < 5


def test_a_pickle_in_an_array_is_never_opened(target: Running, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    for content_type in (NPY, "application/x-npz", "application/octet-stream", "application/python-pickle"):
        answer = exchange(target.port, post(array(np.array([[Payload(evidence)]], dtype=object), allow_pickle=True), content_type))
        assert answer.status in {400, 415} and not error_of(answer), answer
    assert not evidence.exists()


ODD: dict[str, tuple[bytes, set[int]]] = {
    "no content type": (post(GOOD, None), {200, 415}),
    "parameters of the content type": (post(GOOD, 'application/json; charset="utf-8"; x=y'), {200}),
    "content type in capitals": (post(GOOD, "APPLICATION/JSON"), {200}),
    "accept nothing known": (post(GOOD, Accept="image/png"), {406}),
    "accept anything": (post(GOOD, Accept="*/*"), {200}),
    "accept with weights": (post(GOOD, Accept="text/html;q=0.9, application/json;q=0.1"), {200}),
    "accept that is none": (post(GOOD, Accept=";q=,,"), {200, 406}),
    "duplicate keys": (post(b'{"instances": [[9, 9, 9, 9]], "instances": [[1, 2, 3, 4]]}'), {200, 400}),
    "byte order mark": (post(b"\xef\xbb\xbf" + GOOD), {200, 400}),
    "unknown headers": (post(GOOD, X_Unknown="1", X_Amzn_SageMaker_Custom_Attributes="a" * 1024, X_Amzn_SageMaker_Inference_Id="i"), {200}),
    "fifty unknown headers": (post(GOOD, **{f"X_H{n}": "v" * 50 for n in range(50)}), {200}),
    "header of 64 kB": (post(GOOD, X_Long="v" * 65536), {200, 400, 431, 494}),
    "header with odd bytes": (
        head("POST", "/invocations", {"Content-Type": JSON, "X-Odd": "\udcff\udcfe", "Content-Length": len(GOOD)}) + GOOD,
        {200, 400},
    ),
    "header without a name": (b"POST /invocations HTTP/1.1\r\nHost: c\r\n: v\r\nContent-Length: 0\r\n\r\n", {200, 400, 415}),
    "path of 20 kB": (head("GET", "/" + "p" * 20_000, {}), {404, 414}),
    "other path": (head("GET", "/unknown", {}), {404}),
    "path upwards": (head("GET", "/../../etc/passwd", {}), {400, 404}),
    "path with escapes": (head("GET", "/%2e%2e/%00", {}), {400, 404}),
    "GET of invocations": (head("GET", "/invocations", {}), {405}),
    "DELETE of invocations": (head("DELETE", "/invocations", {}), {405}),
    "PUT of ping": (head("PUT", "/ping", {"Content-Length": 0}), {405}),
    "POST of ping": (head("POST", "/ping", {"Content-Length": 0}), {405}),
    "unknown method": (head("BREW", "/invocations", {"Content-Length": 0}), {405, 501}),
    "TRACE": (head("TRACE", "/ping", {}), {405}),
    "CONNECT": (head("CONNECT", "host:443", {}), {400, 405}),
    "no method": (b"\r\n\r\n\r\n", {0, 400}),
    "not HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100 + b"\r\n\r\n", {0, 400}),
    "version 9": (b"GET /ping HTTP/9.9\r\nHost: c\r\n\r\n", {400, 505}),
    "version 1.0": (b"GET /ping HTTP/1.0\r\n\r\n", {200}),
    "no host": (b"GET /ping HTTP/1.1\r\n\r\n", {200, 400}),
    "metrics from outside": (head("GET", "/metrics", {"X-Forwarded-For": "127.0.0.1"}), {200, 403, 404}),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_request_is_answered_by_the_rules(target: Running, name: str) -> None:
    request, expected = ODD[name]
    for _ in range(5):
        answer = exchange(target.port, request, timeout=5, half_close=name in {"no method", "not HTTP"})
        assert answer.status in expected, f"{answer.status} {answer.error} {answer.body[:300]!r}"
        assert answer.status in {0, 200} or not error_of(answer), error_of(answer)


def mutated(draw: random.Random) -> tuple[bytes, str]:
    """A good body with a few bytes changed, or a document put together at random."""
    seeds = [
        (GOOD, JSON),
        (b"1,2,3,4\n5,6,7,8\n", "text/csv"),
        (b"[1,2,3,4]\n[5,6,7,8]\n", "application/jsonlines"),
        (array(np.ones((2, 4))), NPY),
    ]
    body, content_type = draw.choice(seeds)
    content = bytearray(body)
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(content) + 1)
        kind = draw.randrange(4)
        if kind == 0:
            content[at : at + 1] = bytes([draw.randrange(256)])
        elif kind == 1:
            content[at : at + draw.randrange(8)] = b""
        elif kind == 2:
            content[at:at] = draw.choice(
                [b"[", b"]", b"{", b'"', b",", b"-", b"1e9", b"null", b"nan", b"\n", b"\xff", b"\0"]
            ) * draw.choice([1, 1, 1, 200])
        else:
            content += content[:at]
    return bytes(content), content_type if draw.random() < 0.9 else draw.choice(["", "text/plain", "application/json;;", "*/*"])


def fuzz(port: int, seed: int, count: int, statuses: Counter[int], wrong: list[str]) -> None:
    """`count` mutated bodies over one connection, reopened when the container closes it."""
    draw, connection = random.Random(seed), None
    for _ in range(count):
        body, content_type = mutated(draw)
        connection = connection or socket.create_connection(("127.0.0.1", port), timeout=10)
        try:
            connection.sendall(post(body, content_type))
            answer = read_answer(connection, time.monotonic())
        except (OSError, ValueError, IndexError) as error:
            answer = Answer(0, error=repr(error))
        statuses[answer.status] += 1
        if answer.status not in {200, 400, 406, 415} or (answer.status != 200 and error_of(answer)):
            wrong.append(f"{content_type} {body[:200]!r}: {error_of(answer) or answer}")
        if answer.status == 0 or answer.headers.get("connection") == "close":
            connection.close()
            connection = None


def test_ten_thousand_fuzzed_bodies(target: Running, report: Report) -> None:
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    threads = [threading.Thread(target=fuzz, args=(target.port, seed, BODIES // CLIENTS, statuses, wrong)) for seed in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.add("S5", "fuzzed bodies", repetitions=BODIES, **{f"status_{status}": count for status, count in sorted(statuses.items())})
    assert not wrong, f"{len(wrong)} of {BODIES}:\n" + "\n".join(wrong[:10])
    assert statuses[400] > BODIES / 4 and statuses[200] > 10, "the fuzzer lost its edge"

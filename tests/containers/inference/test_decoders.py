"""Every parser gives the same arrays, whichever one the payload's size chooses."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest


def rows(count: int, width: int = 5) -> np.ndarray[Any, Any]:
    return np.random.default_rng(count).normal(size=(count, width)) * 1000


def npy(data: np.ndarray[Any, Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, data, **options)
    return stream.getvalue()


def csv(data: np.ndarray[Any, Any], end: str = "\n") -> bytes:
    return "".join(",".join(map(repr, row)) + end for row in data.tolist()).encode()


@pytest.mark.parametrize("count", [1, 2, 30, 3000])
@pytest.mark.parametrize("fast", [True, False], ids=["container", "standard library"])
def test_the_same_rows_from_every_content_type(count: int, fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from serving import decoders

    if not fast:
        monkeypatch.setattr(decoders, "simdjson", None)
    data = rows(count)
    bodies = {
        "application/json": json.dumps({"instances": data.tolist()}).encode(),
        "application/json; charset=utf-8": json.dumps(data.tolist()).encode(),
        "application/jsonlines": b"\n".join(json.dumps({"features": row}).encode() for row in data.tolist()),
        "text/csv": csv(data),
        "Text/CSV": csv(data, "\r\n") + b"\n\n",
        "application/x-npy": npy(data),
    }
    for kind, body in bodies.items():
        assert np.array_equal(decoders.decode(body, kind), data), kind


def test_integers_one_row_and_spaces() -> None:
    from serving.decoders import decode

    assert decode(b"[1, 2, 3]", "application/json").tolist() == [[1.0, 2.0, 3.0]]
    assert decode(b"1, 2 ,3", "text/csv").tolist() == [[1.0, 2.0, 3.0]]
    assert decode(b"[[1, 2.5]]", "").tolist() == [[1.0, 2.5]]
    assert np.isnan(decode(b"[[null, 2]]", "application/json")[0, 0]), "null is a missing value; models that know none refuse it"
    many = b"1,2,3\n" * 1000
    assert decode(many, "text/csv").shape == (1000, 3)
    assert decode(b"1.,+2,nan\n" * 1000, "text/csv").shape == (1000, 3)
    nested = json.dumps(rows(600, 4).reshape(150, 4, 4).tolist()).encode()
    assert decode(nested, "application/json").shape == (150, 4, 4)


def test_npy_keeps_type_order_and_refuses_what_is_not_plain() -> None:
    from serving.decoders import decode
    from serving.errors import RequestError

    data = np.asfortranarray(rows(4).astype(np.float32))
    found = decode(npy(data), "application/x-npy")
    assert found.dtype == np.float32 and np.array_equal(found, data)
    lying = npy(np.zeros((2, 2))).replace(b"(2, 2)", b"(9, 9)")
    for body in (npy(np.array([{}], dtype=object), allow_pickle=True), npy(np.zeros(3))[:-1], b"\x93NUMPY", b"", lying):
        with pytest.raises(RequestError) as refused:
            decode(body, "application/x-npy")
        assert refused.value.status == 400


BAD = [
    b"",
    b"[",
    b"[]",
    b"{}",
    b"null",
    b"1",
    b'"x"',
    b"[[1],[1,2]]",
    b"[[NaN]]",
    b"[[Infinity]]",
    b'[["red"]]',
    b'{"instances": 3}',
    b"\xff\xfe",
    b"[" * 100_000,
    b"[[" + b"9" * 400 + b"]]",
    b'{"a": 1, "a": 2}',
    json.dumps([[1.0] * 5] * 400 + [[1.0] * 4]).encode(),
    json.dumps([[1.0] * 5] * 400 + [[1.0] * 4] + [[1.0] * 6]).encode(),
    json.dumps([[1.0] * 5] * 400 + [["red"] * 5]).encode(),
]


@pytest.mark.parametrize("body", BAD, ids=lambda body: repr(body[:20]))
@pytest.mark.parametrize("fast", [True, False], ids=["container", "standard library"])
def test_bad_json_is_the_request_s_fault(body: bytes, fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from serving import decoders
    from serving.errors import RequestError

    if not fast:
        monkeypatch.setattr(decoders, "simdjson", None)
    with pytest.raises(RequestError) as refused:
        decoders.decode(body, "application/json")
    assert refused.value.status == 400 and "Traceback" not in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"red,1",
        b"1,2\n3",
        b"1,2\n" * 1000 + b"3\n",
        b"1,2\n" * 1000 + b"3\n4,5,6\n",
        b"\xff",
        b"1,\n",
        b"a,b\n" * 900,
        b"1," * 9000 + b"1" + b"\n" * 4_000_000 + b"1",
    ],
)
def test_bad_csv_is_the_request_s_fault(body: bytes) -> None:
    from serving.decoders import decode
    from serving.errors import RequestError

    with pytest.raises(RequestError) as refused:
        decode(body, "text/csv")
    assert refused.value.status == 400


def test_other_content_types_are_415() -> None:
    from serving.decoders import decode
    from serving.errors import RequestError

    for kind in ("image/png", "application/x-pickle", ";;;=", "json"):
        with pytest.raises(RequestError) as refused:
            decode(b"[[1]]", kind)
        assert refused.value.status == 415

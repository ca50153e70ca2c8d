"""JSONPath as batch transform has it, and how files fall into records and requests."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.batch_transform.json_path import parse
from modules.batch_transform.records import TooLarge, batches, join, line_numbers, payload, split

DOCUMENT = {"id": 7, "features": [1, 2, 3], "deep": {"a.b": 1, "c": [[4], [5]]}}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("$", DOCUMENT, DOCUMENT),
        ("$.features", DOCUMENT, [1, 2, 3]),
        ("$.features[1:]", DOCUMENT, [2, 3]),
        ("$['id','features']", DOCUMENT, {"id": 7, "features": [1, 2, 3]}),
        ("$.deep.['a.b']", DOCUMENT, 1),
        ('$["deep"].c[-1][0]', DOCUMENT, 5),
        ("$.deep.*", DOCUMENT, [1, [[4], [5]]]),
        ("$[0,5:]", list(range(8)), [0, 5, 6, 7]),
        ("$[0, -1]", ["a", "b", "c"], ["a", "c"]),
        ("$[:2]", ["a", "b", "c"], ["a", "b"]),
        ("$[1]", ["a", "b"], "b"),
    ],
)
def test_paths(path: str, value: object, expected: object) -> None:
    assert parse(path).select(value) == expected


@pytest.mark.parametrize("path", ["features", "$.", "$[", "$[a]", "$..a", "$['a'", "$['a',1]", "$." + "a" * 70, "$[1;2]", "$[1,]"])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match=r"\$"):
        parse(path)


@pytest.mark.parametrize(
    ("path", "value"), [("$.x", {"y": 1}), ("$[3]", [1]), ("$.x", [1]), ("$[0]", {"x": 1}), ("$.*", 5), ("$['y','x']", {"y": 1})]
)
def test_what_is_not_there(path: str, value: object) -> None:
    with pytest.raises(KeyError):
        parse(path).select(value)


@given(st.lists(st.binary(min_size=1, max_size=40).filter(lambda line: not set(line) & {10, 13}), max_size=30), st.integers(0, 60))
def test_every_record_is_sent_once_and_in_order(records: list[bytes], limit: int) -> None:
    data = b"\n\n".join(records) + b"\r\n"
    assert split(data, "Line") == records
    assert [data.split(b"\n")[number - 1].rstrip(b"\r") for number in line_numbers(data)] == records
    try:
        ranges = list(batches(records, "Line", "MultiRecord", limit))
    except TooLarge as large:
        assert len(records[large.index]) > limit > 0
        return
    assert [index for part in ranges for index in part] == list(range(len(records)))
    for part in ranges:
        body = join([records[index] for index in part], "Line")
        assert not limit or len(part) == 1 or len(body) <= limit
    assert [len(part) for part in batches(records, "Line", "SingleRecord", 0)] == [1] * len(records)


def test_binary_records_lose_their_frames() -> None:
    recordio = b"".join(struct.pack("<II", 0xCED7230A, len(text)) + text + b"\0" * (-len(text) % 4) for text in (b"one", b"four"))
    assert [payload(record, "RecordIO") for record in split(recordio, "RecordIO")] == [b"one", b"four"]
    assert join(split(recordio, "RecordIO"), "RecordIO") == recordio
    tfrecord = b"".join(struct.pack("<QI", len(text), 0) + text + bytes(4) for text in (b"one", b"four"))
    assert [payload(record, "TFRecord") for record in split(tfrecord, "TFRecord")] == [b"one", b"four"]
    for data, kind in ((recordio[:-1], "RecordIO"), (recordio[:5], "RecordIO"), (tfrecord[:-1], "TFRecord"), (tfrecord[:5], "TFRecord")):
        with pytest.raises(ValueError, match="record"):
            split(data, kind)  # type: ignore[arg-type]


def test_a_whole_file_is_one_record() -> None:
    assert split(b"a\nb\n", "None") == [b"a\nb\n"]
    assert join([b"a\nb\n"], "None") == b"a\nb\n"

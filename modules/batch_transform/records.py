"""Records of a file: how batch transform splits input (API: TransformInput, SplitType) and gathers records into requests. Pure Python."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Literal

SplitType = Literal["None", "Line", "RecordIO", "TFRecord"]
BatchStrategy = Literal["SingleRecord", "MultiRecord"]
MEGABYTE = 1024 * 1024
_RECORDIO_MAGIC = 0xCED7230A
_LENGTH_MASK = (1 << 29) - 1


class TooLarge(ValueError):
    """A record that no request may hold; `index` counts from 0."""

    def __init__(self, index: int, size: int, limit: int) -> None:
        super().__init__(f"record {index + 1} has {size} bytes; MaxPayloadInMB allows {limit}")
        self.index = index


def split(data: bytes, kind: SplitType) -> list[bytes]:
    """The records of a file, without their line feeds; binary records keep their frame. ValueError for a damaged file.

    `None`: the whole file is one record. An empty line is no record.
    """
    if kind == "None":
        return [data]
    if kind == "Line":
        return [line for line in (line.removesuffix(b"\r") for line in data.split(b"\n")) if line]
    return list(_recordio(data) if kind == "RecordIO" else _tfrecord(data))


def line_numbers(data: bytes) -> list[int]:
    """The line, from 1, of each record of a file that is split by lines."""
    return [number for number, line in enumerate(data.split(b"\n"), 1) if line.removesuffix(b"\r")]


def payload(record: bytes, kind: SplitType) -> bytes:
    """A record without its frame: what a request of SingleRecord carries ("padding is removed")."""
    if kind == "RecordIO":
        (_, head) = struct.unpack_from("<II", record)
        return record[8 : 8 + (head & _LENGTH_MASK)]
    return record[12:-4] if kind == "TFRecord" else record


def join(records: Iterable[bytes], kind: SplitType) -> bytes:
    """Records as one request's body: lines end with a line feed, frames follow each other."""
    return b"".join(record + b"\n" for record in records) if kind == "Line" else b"".join(records)


def batches(records: list[bytes], kind: SplitType, strategy: BatchStrategy, limit: int) -> Iterator[range]:
    """Which records go into each request, in order; `limit` in bytes, 0 for none. Raises TooLarge for a record above it."""
    extra = 1 if kind == "Line" else 0
    start, size = 0, 0
    for index, record in enumerate(records):
        length = len(record) + extra
        if limit and len(record) > limit:
            raise TooLarge(index, len(record), limit)
        full = strategy == "SingleRecord" or kind == "None" or (limit and size + length > limit)
        if index > start and full:
            yield range(start, index)
            start, size = index, 0
        size += length
    if start < len(records):
        yield range(start, len(records))


def _recordio(data: bytes) -> Iterator[bytes]:
    """MXNet's RecordIO: magic, length in the lower 29 bits, data, padding to 4 bytes."""
    position = 0
    while position < len(data):
        if position + 8 > len(data):
            raise ValueError("the RecordIO file ends in the middle of a record")
        magic, head = struct.unpack_from("<II", data, position)
        length = head & _LENGTH_MASK
        end = position + 8 + length + (-length % 4)
        if magic != _RECORDIO_MAGIC or end > len(data):
            raise ValueError(f"byte {position} of the RecordIO file begins no whole record")
        yield data[position:end]
        position = end


def _tfrecord(data: bytes) -> Iterator[bytes]:
    """TensorFlow's TFRecord: length (8 bytes), checksum (4), data, checksum (4)."""
    position = 0
    while position < len(data):
        if position + 12 > len(data):
            raise ValueError("the TFRecord file ends in the middle of a record")
        (length,) = struct.unpack_from("<Q", data, position)
        end = position + 16 + length
        if end > len(data):
            raise ValueError(f"byte {position} of the TFRecord file begins no whole record")
        yield data[position:end]
        position = end

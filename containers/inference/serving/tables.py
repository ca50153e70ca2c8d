"""Large tables of numbers straight into arrays: simdjson, one piece of the text after the other.

A JSON parser that knows numbers only as doubles is the fastest CSV parser at hand, once newlines have become `],[`. Pieces of
64 KB keep the parser's memory (13 times its input) at that of one piece, and in the processor's cache.
Whatever is not plainly a table (ragged rows, empty fields, nan, text) gives None: the general decoders find the words for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

try:
    import simdjson
except ImportError:  # Outside of the container; see decoders.py.
    simdjson = None

Array = np.ndarray[Any, Any]
_PIECE = 64 * 1024
_NO_SPACE = b" \t\r\n"


def from_csv(body: bytes) -> Array | None:
    """The CSV as an array of float64, None when it is not plain."""
    return _joined(_csv_pieces(body), body.count(b"\n") + 1, len(body))


def from_json(body: bytes) -> Array | None:
    """`[[...], ...]` or `{"instances": [[...], ...]}` as an array of float64, None for any other document."""
    return _joined(_json_pieces(body), body.count(b"]") + 1, len(body))


def _joined(pieces: Iterator[bytes], most: int, size: int) -> Array | None:
    """All rows of the pieces, `most` at the utmost, read into one array that is allocated once. `size`: bytes of the body."""
    if simdjson is None:
        return None
    parser, table, filled = simdjson.Parser(), np.empty((0, 0)), 0
    for piece in pieces:
        try:
            rows = parser.parse(piece)
            count, widths = len(rows), set(map(len, rows))
            flat = np.frombuffer(rows.as_buffer(of_type="d"))
            if not filled:
                width = max(widths)
                if most * width > size:  # A number takes two bytes: this is no table, and memory for it would be made up.
                    return None
                table = np.empty((most, width))
            if widths != {table.shape[1]} or flat.size != count * table.shape[1] or isinstance(rows[0][0], simdjson.Array):
                return None
        except (ValueError, RuntimeError, TypeError, KeyError, IndexError, AttributeError):
            return None
        del rows  # The parser can be used again only when nothing of its last document is left.
        table[filled : filled + count] = flat.reshape(count, -1)
        filled += count
    return table[:filled] if filled else None


def _csv_pieces(body: bytes) -> Iterator[bytes]:
    """Lines of numbers as JSON lists of rows. A piece with a bracket becomes "", which is no JSON."""
    start, size = 0, len(body)
    while start < size:
        end = body.rfind(b"\n", start, start + _PIECE) + 1 if start + _PIECE < size else size
        if end <= start:
            end = body.find(b"\n", start) + 1 or size
        piece = body[start:end].rstrip(b"\r\n")
        if b"\r" in piece:
            piece = piece.replace(b"\r\n", b"\n")
        yield b"" if b"[" in piece else b"[[%b]]" % piece.replace(b"\n", b"],[")
        start = end


def _json_pieces(body: bytes) -> Iterator[bytes]:
    """The rows between the outer brackets, some at a time, as JSON lists of rows; nothing for any other document."""
    begin, end = body.find(b"[["), body.rfind(b"]]")
    around = (body[:begin].translate(None, _NO_SPACE), body[end + 2 :].translate(None, _NO_SPACE))
    if begin < 0 or end < begin or around not in ((b"", b""), (b'{"instances":', b"}")):
        return
    start, end = begin + 1, end + 1
    while start < end:
        cut = body.rfind(b"],", start, start + _PIECE) if start + _PIECE < end else end - 1
        if cut < start:
            cut = body.find(b"],", start, end)
        if cut < start:
            cut = end - 1
        yield b"[%b]" % body[start : cut + 1]
        start = cut + 2

"""The second look: which records of a failed file are at fault. SageMaker names the file only.

The failed files are cut into pieces, each an object of its own, and a second job scores those: a piece without output holds a bad
record. Pieces that failed are cut again until each is one record. At most PIECES objects lie in S3 at a time, and all of them go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from modules.batch_transform.records import SplitType, join
from slipway.artifacts.account import Account
from slipway.batch.files import below, output_of, remove, write
from slipway.batch.job import create, follow
from slipway.batch.reasons import reasons
from slipway.progress import Reporter

PIECES = 1000
FOLDER = "slipway-second-look"


@dataclass(frozen=True)
class Bad:
    """One record that failed. `record` counts from 1; 0: the whole file. `line` in the file, 0 where it has no lines."""

    file: str
    record: int
    reason: str
    line: int = 0


@dataclass(frozen=True)
class _Piece:
    file: str
    first: int
    count: int


@dataclass(frozen=True)
class Look:
    """What a second look needs: the job's request, its input and output places, the prefix of job names."""

    account: Account
    request: Mapping[str, Any]
    input_uri: str
    output_uri: str
    prefix: str
    split: SplitType
    reporter: Reporter

    def bad_records(self, files: Mapping[str, list[bytes]], started: Callable[[str], None]) -> list[Bad]:
        """The bad records of these files; `started` is told the name of each job. What was written for it is removed, also after
        Ctrl-C.
        """
        pieces = [_Piece(file, 0, len(records)) for file, records in files.items() if records]
        found: list[Bad] = []
        number = 0
        while pieces:
            number += 1
            cut = [part for piece in pieces for part in _cut(piece, max(2, PIECES // len(pieces)))]
            batch, rest = cut[:PIECES], cut[PIECES:]
            failed = self._round(number, batch, files, started)
            found += [Bad(piece.file, piece.first + 1, why) for piece, why in failed if piece.count == 1]
            pieces = [piece for piece, _ in failed if piece.count > 1] + rest
        return sorted(found, key=lambda bad: (bad.file, bad.record))

    def _round(
        self, number: int, pieces: list[_Piece], files: Mapping[str, list[bytes]], started: Callable[[str], None]
    ) -> list[tuple[_Piece, str]]:
        """The pieces that have no output, and why."""
        source, target = (
            f"{uri.rpartition('/')[0]}/{FOLDER}/{self.prefix}/" for uri in (self.input_uri, f"{self.output_uri.rstrip('/')}/")
        )
        self.reporter.step("batch", f"second look {number}: {len(pieces)} pieces of files that failed")
        try:
            for index, piece in enumerate(pieces):
                write(self.account, f"{source}{index}", join(files[piece.file][piece.first : piece.first + piece.count], self.split))
            name = create(self.account, self.prefix, _request(self.request, source, target))
            started(name)
            follow(self.account, name, lambda status: self.reporter.waiting("batch", f"job {name}: {status}"))
            there, outputs, why = below(self.account, source), below(self.account, target), reasons(self.account, name)
            done = {item.key for item in there if output_of(item, outputs)}
            places = {int(item.key.rpartition("/")[2]): item for item in there if item.key not in done}
            return [(pieces[index], why.get(f"{item.bucket}/{item.key}", "no output")) for index, item in sorted(places.items())]
        finally:
            remove(self.account, (source, target))


def _cut(piece: _Piece, parts: int) -> list[_Piece]:
    """The piece in at most `parts` pieces of about one size."""
    size = max(1, -(-piece.count // parts))
    return [_Piece(piece.file, piece.first + start, min(size, piece.count - start)) for start in range(0, piece.count, size)]


def _request(request: Mapping[str, Any], source: str, target: str) -> dict[str, Any]:
    """The same job for the pieces: plain files, no tries again for what is known to fail."""
    place = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}}
    return {
        **request,
        "TransformInput": {**request["TransformInput"], "DataSource": place, "CompressionType": "None"},
        "TransformOutput": {**request["TransformOutput"], "S3OutputPath": target},
        "ModelClientConfig": {**request.get("ModelClientConfig", {}), "InvocationsMaxRetries": 0},
    }

"""What became of a job's files and records, and the error file."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from modules.batch_transform.records import SplitType, line_numbers, split
from slipway.artifacts.account import Account
from slipway.batch.files import Stored, below, output_of, read
from slipway.batch.job import Ended
from slipway.batch.look import Bad
from slipway.batch.reasons import reasons


@dataclass(frozen=True)
class Outcome:
    """A job seen file by file. `failed`: files without output and why; `bad`: records that failed, as far as they are known."""

    job: Ended
    output: str
    files: int
    records: int
    failed: Mapping[str, str]
    bad: Sequence[Bad]

    @property
    def good(self) -> bool:
        """Whether everything was scored."""
        return self.job.status == "Completed" and not self.failed and not self.bad

    def as_json(self, errors: Path | None) -> dict[str, Any]:
        """The whole as plain data; `errors`: where the error file was written."""
        return {
            "job": self.job.name,
            "status": self.job.status,
            "reason": self.job.reason,
            "seconds": round(self.job.seconds, 1),
            "output": self.output,
            "files": self.files,
            "files_failed": sorted(self.failed),
            "records": self.records,
            "records_failed": len(self.bad),
            "error_file": str(errors) if errors else None,
        }


@dataclass(frozen=True)
class Content:
    """An input file's records, and the line of each where it is split by lines."""

    records: list[bytes]
    lines: list[int]


def content(account: Account, file: Stored, source: Mapping[str, Any]) -> Content:
    """What an input file holds; one that cannot be read as what it should be is one record."""
    data = read(account, file.uri)
    kind: SplitType = source["SplitType"]
    try:
        plain = zlib.decompress(data, wbits=31) if source["CompressionType"] == "Gzip" else data
        return Content(split(plain, kind), line_numbers(plain) if kind == "Line" else [])
    except (zlib.error, ValueError):
        return Content([data], [])


def outcome(
    account: Account,
    ended: Ended,
    request: Mapping[str, Any],
    found: Sequence[Stored],
    look: Callable[[dict[str, list[bytes]]], list[Bad]],
    error_text: str,
) -> Outcome:
    """Compare input with output. `look` finds the bad records of files that failed; `error_text` marks results that are errors."""
    source, target = request["TransformInput"], request["TransformOutput"]
    outputs = below(account, target["S3OutputPath"])
    pairs = [(file, output_of(file, outputs)) for file in found]
    why = reasons(account, ended.name)
    failed = {file.uri: why.get(f"{file.bucket}/{file.key}", ended.reason or "no output") for file, output in pairs if output is None}
    contents = {file.uri: content(account, file, source) for file in found}
    bad: list[Bad] = []
    for file, output in pairs:
        if output is not None and target["AssembleWith"] == "Line":
            expected = len(contents[file.uri].records) if source["SplitType"] == "Line" else 0
            bad += _marked(file.uri, read(account, output.uri), expected, error_text)
    worth = bool(why) and source["SplitType"] != "None"
    seen = look({uri: contents[uri].records for uri in failed}) if failed and worth else []
    named = {item.file for item in seen}
    bad += [*seen, *(Bad(uri, 0, reason) for uri, reason in failed.items() if uri not in named)]
    records = sum(len(item.records) for item in contents.values())
    return Outcome(ended, target["S3OutputPath"], len(found), records, failed, [_with_line(item, contents[item.file]) for item in bad])


def _with_line(bad: Bad, there: Content) -> Bad:
    return replace(bad, line=there.lines[bad.record - 1]) if bad.record and bad.record <= len(there.lines) else bad


def _marked(uri: str, result: bytes, expected: int, error_text: str) -> Iterable[Bad]:
    """Results that the model marked as errors, and a number of lines that is not that of the records."""
    lines = [line for line in result.decode("utf-8", "replace").splitlines() if line]
    if expected and len(lines) != expected:
        yield Bad(uri, 0, f"the output has {len(lines)} lines for {expected} records")
    elif error_text:
        yield from (Bad(uri, number, line[:1000]) for number, line in enumerate(lines, 1) if error_text in line)


def write_errors(outcome: Outcome, path: Path) -> Path | None:
    """One JSON document a line: file, record (from 1; 0: the whole file), line and reason. Nothing is written when nothing failed."""
    if not outcome.bad:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(asdict(bad), ensure_ascii=False) for bad in outcome.bad]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path

"""What is done to records on their way to the model and back: InputFilter, JoinSource, OutputFilter, AssembleWith (API: DataProcessing)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modules.batch_transform.json_path import JsonPath, parse

WHOLE = "$"


class DataError(Exception):
    """A record that the filters or the join cannot be applied to."""


@dataclass(frozen=True)
class Processing:
    """The filters of one job. `csv`: records are rows, else JSON documents."""

    input_filter: JsonPath
    output_filter: JsonPath
    join: bool
    csv: bool

    @property
    def touches_output(self) -> bool:
        """Whether answers have to be taken apart."""
        return self.join or self.output_filter.text != WHOLE

    def request(self, record: bytes) -> bytes:
        """The record as the model gets it. Raises DataError."""
        if self.input_filter.text == WHOLE:
            return record
        return self._written([self._selected(self.input_filter, value) for value in self._values(record)])

    def answer(self, record: bytes, result: bytes) -> bytes:
        """The line of the output for one record: joined with the input, then filtered. Raises DataError."""
        if not self.touches_output:
            return result
        results = self._values(result)
        if self.join:
            inputs = self._values(record)
            if len(inputs) != len(results):
                raise DataError(f"{len(results)} results for {len(inputs)} records cannot be joined")
            results = [self._joined(value, answer) for value, answer in zip(inputs, results, strict=True)]
        return self._written([self._selected(self.output_filter, value) for value in results])

    def _joined(self, value: Any, answer: Any) -> Any:
        if self.csv:
            return [*value, *answer]
        return {**value, "SageMakerOutput": answer} if isinstance(value, dict) else {"SageMakerInput": value, "SageMakerOutput": answer}

    def _values(self, data: bytes) -> list[Any]:
        text = data.decode("utf-8", "strict" if not self.csv else "replace")
        if self.csv:
            return [row for row in csv.reader(io.StringIO(text)) if row]
        try:
            return [json.loads(text)]
        except ValueError as error:
            raise DataError(f"no JSON document: {error}") from None

    def _written(self, values: list[Any]) -> bytes:
        if not self.csv:
            return json.dumps(values[0], separators=(",", ":"), ensure_ascii=False).encode()
        target = io.StringIO()
        csv.writer(target, lineterminator="\n").writerows(value if isinstance(value, list) else [value] for value in values)
        return target.getvalue().removesuffix("\n").encode()

    def _selected(self, path: JsonPath, value: Any) -> Any:
        try:
            return path.select(value)
        except KeyError as missing:
            raise DataError(f"{path.text} finds nothing in the record: {missing.args[0]}") from None


def processing(request: Mapping[str, Any]) -> Processing:
    """The filters of a CreateTransformJob request. ValueError for a filter or a content type that batch transform does not take."""
    asked = request.get("DataProcessing") or {}
    content_type = str(request["TransformInput"].get("ContentType", "")).partition(";")[0].strip().lower()
    found = Processing(
        parse(asked.get("InputFilter") or WHOLE),
        parse(asked.get("OutputFilter") or WHOLE),
        asked.get("JoinSource", "None") == "Input",
        csv=content_type == "text/csv",
    )
    if (found.touches_output or found.input_filter.text != WHOLE) and not (found.csv or "json" in content_type):
        raise ValueError(f"DataProcessing takes CSV and JSON only, not the content type {content_type!r}")
    return found


def parts(result: bytes, count: int) -> list[bytes]:
    """A request's answer as one result for each of its `count` records: lines. Raises DataError when their number differs."""
    if count == 1:
        return [result.removesuffix(b"\n")]
    lines = [line for line in (line.removesuffix(b"\r") for line in result.split(b"\n")) if line]
    if len(lines) != count:
        raise DataError(f"the model gave {len(lines)} lines for {count} records")
    return lines


def assemble(results: list[bytes], *, by_line: bool) -> bytes:
    """All results of a file as its output object (API: AssembleWith): with Line each ends with a line feed."""
    if not by_line:
        return b"".join(results)
    return b"".join(result if result.endswith(b"\n") else result + b"\n" for result in results)

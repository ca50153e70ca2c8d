"""One input file of a transform job: split, sent request by request, put together again in its order."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from modules.batch_transform.records import MEGABYTE, SplitType, TooLarge, batches, join, payload, split
from slipway.containers.client import ConnectionFailed
from slipway.localaws.hosting.errors import Unavailable
from slipway.localaws.hosting.instance import Instance
from slipway.localaws.hosting.target import Target
from slipway.localaws.jobs.transform_data import DataError, assemble, parts, processing
from slipway.localaws.jobs.transform_input import InputFile, InputRefused
from slipway.localaws.jobs.transform_log import DataLog
from slipway.localaws.jobs.transform_settings import Settings

_TRIED_AGAIN = (429, 500, 502, 503, 504)
_PAUSE_SECONDS = 0.2


@dataclass
class FileFailed(Exception):
    """A file without output. `client`: the data is at fault (4xx), not the model."""

    name: str
    client: bool


class TransformFile:
    """A file and what the job does with it."""

    def __init__(self, file: InputFile, request: dict[str, Any], chosen: Settings, log: DataLog, stopping: threading.Event) -> None:
        self.name = file.name
        self._file, self._request, self._chosen, self._log, self._stopping = file, request, chosen, log, stopping
        self._processing = processing(request)
        self._split: SplitType = request["TransformInput"].get("SplitType", "None")
        self._failed = threading.Event()

    def transform(self, pool: Executor, free: SimpleQueue[Instance]) -> bytes:
        """The file's output. `free`: an instance for each request that may run at a time. Raises FileFailed, logged."""
        try:
            records = split(self._file.read(gzip=self._request["TransformInput"].get("CompressionType") == "Gzip"), self._split)
            ranges = list(batches(records, self._split, self._chosen.strategy, self._chosen.megabytes * MEGABYTE))
        except (InputRefused, TooLarge, ValueError) as error:
            self._log.failure(self._file.uri, "ClientError", 413 if isinstance(error, TooLarge) else 400, str(error))
            raise FileFailed(self.name, client=True) from None
        futures: list[Future[list[bytes]]] = [
            pool.submit(self._send, [records[index] for index in chosen], chosen.start, free) for chosen in ranges
        ]
        results: list[bytes] = []
        failure: FileFailed | None = None
        for future in futures:
            try:
                results += future.result()
            except FileFailed as error:
                failure = failure or error
        if failure:
            raise failure
        by_line = self._request["TransformOutput"].get("AssembleWith", "None") == "Line"
        return assemble(results, by_line=by_line)

    def _send(self, records: list[bytes], first: int, free: SimpleQueue[Instance]) -> list[bytes]:
        """One request and its results. `first`: number of the first record, from 0."""
        if self._failed.is_set() or self._stopping.is_set():
            raise FileFailed(self.name, client=True)
        lane = free.get()
        try:
            body = self._body(records)
            answer = self._ask(lane, body)
            if not self._processing.touches_output:
                return [answer]
            pairs = zip(records, parts(answer, len(records)), strict=True)
            return [self._processing.answer(record, result) for record, result in pairs]
        except DataError as error:
            raise self._fail("ClientError", 400, str(error), first, len(records)) from None
        except _Refused as error:
            raise self._fail(error.kind, error.status, error.text, first, len(records)) from None
        finally:
            free.put(lane)

    def _body(self, records: list[bytes]) -> bytes:
        if self._chosen.strategy == "SingleRecord" and self._split != "Line":
            records = [payload(record, self._split) for record in records]
        return join([self._processing.request(record) for record in records], self._split)

    def _ask(self, lane: Instance, body: bytes) -> bytes:
        """The model's answer; a server error, or none at all, is asked again as ModelClientConfig says. Raises _Refused."""
        refused = _Refused("AlgorithmError", 0, "the model gave no answer")
        for attempt in range(self._chosen.retries + 1):
            if attempt and self._stopping.wait(_PAUSE_SECONDS * attempt):
                break
            try:
                answer = Target(lane, leased=False).invoke(body, self._headers(), timeout=self._chosen.timeout)
            except (ConnectionFailed, Unavailable) as error:
                refused = _Refused("AlgorithmError", 0, f"the model gave no answer within {self._chosen.timeout} s, or ended: {error}")
                continue
            if 200 <= answer.status < 300:
                return answer.body
            kind = "ClientError" if 400 <= answer.status < 500 else "AlgorithmError"
            refused = _Refused(kind, answer.status, answer.body.decode("utf-8", "replace")[:1000])
            if answer.status not in _TRIED_AGAIN:
                break
        raise refused

    def _headers(self) -> dict[str, str]:
        asked = {
            "Content-Type": self._request["TransformInput"].get("ContentType", ""),
            "Accept": self._request["TransformOutput"].get("Accept", ""),
        }
        return {name: value for name, value in asked.items() if value}

    def _fail(self, kind: str, status: int, text: str, first: int, count: int) -> FileFailed:
        self._failed.set()
        if not self._stopping.is_set():
            self._log.failure(self._file.uri, kind, status, text, first, count)
        return FileFailed(self.name, client=kind == "ClientError")


@dataclass
class _Refused(Exception):
    kind: str
    status: int
    text: str

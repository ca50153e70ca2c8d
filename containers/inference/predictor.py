"""The predictor: a model folder loaded, requests in, responses out. It knows nothing of sockets, processes or queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from serving import batch, handlers
from serving.encoders import check_finite, wanted
from serving.errors import RequestError, Response, failure, shown
from serving.log import log, log_exception
from serving.manifest import ModelProblem
from settings import Settings

_CLIENT_ERRORS = range(400, 500)


@dataclass(slots=True)
class Request:
    """One invocation. `accept` is the header as it came, empty for none; `target` and `action` are for multi-model endpoints only."""

    body: bytes
    content_type: str
    accept: str = ""
    request_id: str = ""
    target: str = ""
    action: str = "invoke"


class Predictor:
    """A model that answers. Not thread-safe on purpose: one predictor thread per worker asks it."""

    def __init__(self, loaded: handlers.Handlers, *, batching: bool = True) -> None:
        self._handlers = loaded
        self.batches = batching and loaded.row_independent

    @classmethod
    def load(cls, model_dir: Path, *, batching: bool = True, threads: int = 1, fold: bool = True) -> Predictor:
        """Load the model of `model_dir` and see that it answers. Raises ModelProblem or whatever loading raises."""
        predictor = cls(handlers.load(model_dir, threads, fold=fold), batching=batching)
        predictor.self_test()
        return predictor

    @classmethod
    def configured(cls, model_dir: Path, settings: Settings) -> Predictor:
        """`load` as the settings want it."""
        return cls.load(model_dir, batching=settings.batching != "off", threads=settings.threads or 1, fold=settings.fold != "off")

    def self_test(self) -> None:
        """Ask the model once: the module's SELF_TEST, else a row of zeros when the width is known. Raises ModelProblem."""
        test, width = self._handlers.self_test, self._handlers.zeros
        try:
            if test is not None:
                prediction = self._handlers.predict_fn(self._handlers.input_fn(*test), self._handlers.model)
                check_finite(prediction)
                self._encode(prediction, Request(b"", ""))
            elif width:
                check_finite(self._handlers.predict_fn(np.zeros((1, width)), self._handlers.model))
            else:
                log("warning", "not_self_tested", reason="set SELF_TEST in code/inference.py: /ping then knows that the model answers")
        except Exception as error:
            raise ModelProblem(f"the model does not answer its self-test: {type(error).__name__}: {error}") from error

    def answer(self, requests: Sequence[Request]) -> list[Response]:
        """One response per request, in order. Never raises for a request: what goes wrong is that request's own response."""
        decoded = [self._decode(request) for request in requests]
        answers: list[Response | None] = [item if isinstance(item, Response) else None for item in decoded]
        for group in self._groups(decoded):
            for index, prediction in zip(group, self._predict(group, decoded, requests), strict=True):
                answers[index] = prediction if isinstance(prediction, Response) else self._output(prediction, requests[index])
        return [item if item is not None else failure(500, "the model gave no answer") for item in answers]

    def _decode(self, request: Request) -> Any:
        try:
            data = self._handlers.input_fn(request.body, request.content_type)
            request.body = b""  # Large bodies need not stay in memory beside what became of them.
            return data
        except MemoryError as error:
            return self._failed(error, request, "")
        except BaseException as error:
            status = _client_status(error)
            if status is None:  # Whatever else reading trips over is the body's fault: malformed input is no failure of the model.
                log_exception("input_refused", error, request_id=request.request_id)
            return failure(
                status or 400, shown(error, "the body cannot be read") if status else "the body cannot be read", request.request_id
            )

    def _groups(self, decoded: list[Any]) -> list[list[int]]:
        """Indices to be predicted together: same type and width of rows."""
        alone: list[list[int]] = []
        together: dict[Any, list[int]] = {}
        for index, data in enumerate(decoded):
            if isinstance(data, Response):
                continue
            kind = batch.kind(data) if self.batches else None
            if kind is None:
                alone.append([index])
            else:
                together.setdefault(kind, []).append(index)
        return [*together.values(), *alone]

    def _predict(self, group: list[int], decoded: list[Any], requests: Sequence[Request]) -> list[Any]:
        """A prediction, or the Response of its failure, per index. When a batch fails its members are asked one by one."""
        if len(group) > 1:
            parts = [decoded[index] for index in group]
            try:
                return batch.split(self._handlers.predict_fn(batch.join(parts), self._handlers.model), [len(part) for part in parts])
            except batch.Uncuttable as error:
                self.batches = False
                log("warning", "batching_off", reason=str(error))
            except BaseException as error:
                log("debug", "batch_failed", error=type(error).__name__, size=len(group))
        return [self._predict_one(decoded[index], requests[index]) for index in group]

    def _predict_one(self, data: Any, request: Request) -> Any:
        try:
            return self._handlers.predict_fn(data, self._handlers.model)
        except BaseException as error:  # KeyboardInterrupt and SystemExit, too: no handler may end the predictor thread.
            return self._failed(error, request, "the model failed on this request")

    def _output(self, prediction: Any, request: Request) -> Response:
        try:
            return self._encode(prediction, request)
        except BaseException as error:  # KeyboardInterrupt and SystemExit, too: no handler may end the predictor thread.
            return self._failed(error, request, "the prediction cannot be encoded")

    def _encode(self, prediction: Any, request: Request) -> Response:
        """The first of the accepted media types that output_fn gives. Raises RequestError 406 when it gives none."""
        refusal: Exception = RequestError(406, "no answer in an acceptable media type")
        for kind in wanted(request.accept):
            try:
                result = self._handlers.output_fn(prediction, kind)
            except Exception as error:
                if getattr(error, "status", None) != 406:
                    raise
                refusal = error
                continue
            body, content_type = result if isinstance(result, tuple) else (result, kind)
            return Response(200, content_type, body.encode() if isinstance(body, str) else bytes(body))
        raise refusal

    def _failed(self, error: BaseException, request: Request, message: str) -> Response:
        status = _client_status(error) if hasattr(error, "status") else None
        if status is not None:
            return failure(status, shown(error, message), request.request_id)
        log_exception("model_failed", error, request_id=request.request_id)
        if isinstance(error, MemoryError):
            return failure(503, "not enough memory for this request", request.request_id, retry_after=1)
        return failure(500, message, request.request_id)


def _client_status(error: BaseException) -> int | None:
    """The 4xx status of an error that says what is wrong with the request: its `status`, else 400 for any ValueError."""
    status = getattr(error, "status", None)
    if isinstance(status, int) and status in _CLIENT_ERRORS:
        return status
    return 400 if isinstance(error, ValueError) else None

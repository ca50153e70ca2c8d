"""The same model as a plain WSGI application, for whoever brings a WSGI server: `gunicorn --preload wsgi:application`.

It answers /ping and /invocations as the container does, without its queue, time-out and batching: those need the
server that serve.py brings. docs/performance.md of the repository has the difference measured.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from predictor import Predictor, Request
from serving.errors import Response, failure
from settings import Settings, from_environment

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Application:
    """A WSGI application around one predictor. Threads of the server take turns: a predictor is not thread-safe."""

    def __init__(self, predictor: Predictor, settings: Settings) -> None:
        self._predictor, self._settings, self._turn = predictor, settings, threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        response = self._answer(environ)
        headers = [("Content-Type", response.content_type), ("Content-Length", str(len(response.body)))]
        if response.retry_after:
            headers.append(("Retry-After", str(response.retry_after)))
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", headers)
        return [response.body]

    def _answer(self, environ: dict[str, Any]) -> Response:
        path, method = environ.get("PATH_INFO", "/"), environ["REQUEST_METHOD"]
        if path not in ("/ping", "/invocations"):
            return failure(404, "there is nothing at this path")
        if method not in (("GET", "HEAD") if path == "/ping" else ("POST",)):
            return failure(405, "this path does not take this method")
        if path == "/ping":
            return Response(200, "application/json", b"{}\n")
        body = self._body(environ)
        if body is None:
            return failure(413, f"the body may hold {self._settings.max_body} bytes")
        request = Request(
            body=body,
            content_type=environ.get("CONTENT_TYPE", ""),
            accept=environ.get("HTTP_ACCEPT", ""),
            request_id=environ.get("HTTP_X_REQUEST_ID", ""),
        )
        with self._turn:
            return self._predictor.answer([request])[0]

    def _body(self, environ: dict[str, Any]) -> bytes | None:
        """The body; None when it is larger than allowed. Without a length the server must end the input itself (chunked)."""
        limit, stream = self._settings.max_body, environ["wsgi.input"]
        declared = environ.get("CONTENT_LENGTH") or ""
        if declared.isdigit():
            return stream.read(int(declared)) if int(declared) <= limit else None
        body: bytes = stream.read(limit + 1) if environ.get("wsgi.input_terminated") else b""
        return body if len(body) <= limit else None


def create() -> Application:
    """The application for the model that SageMaker's environment names. Raises what loading the model raises."""
    settings = from_environment()
    predictor = Predictor.configured(settings.model_dir, settings)
    return Application(predictor, settings)


def __getattr__(name: str) -> Any:
    """`wsgi:application` loads the model when a server asks for it, so that importing this module costs nothing."""
    if name != "application":
        raise AttributeError(name)
    globals()["application"] = create()
    return globals()["application"]

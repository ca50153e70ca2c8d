"""Start the local AWS inside this process. `slipway.localaws.process` starts it as a process of its own."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

from cheroot import wsgi
from cheroot.server import HTTPConnection, HTTPRequest

from slipway.errors import SlipwayError
from slipway.localaws import background
from slipway.localaws.app import LocalAwsApp
from slipway.localaws.control import reset
from slipway.localaws.functions import settings as functions
from slipway.localaws.journal import Journal

HOST = "127.0.0.1"
THREADS = 192
"""Connections answered at a time: three Terraform runs with their default of 10 each, 64 invocations that wait for a model, and 96
requests that wait for a function."""
IDLE_SECONDS = 300
"""How long an idle connection stays open: longer than any SDK keeps one, so that never both ends decide at once."""
KEPT_CONNECTIONS = 1024
"""Idle connections kept open. cheroot's own limit is 10: above it a client is told to close, though it may be about to send."""

_running = threading.Lock()


class _Gateway(wsgi.Gateway_10):
    """cheroot's WSGI environment, with the spelling of S3 metadata names that hold an underscore, as moto wants it."""

    def get_environ(self) -> Any:
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        names = [name.decode("latin-1").lower() for name in self.req.inheaders if b"_" in name]
        environ["moto.preserved_header_names"] = {
            "HTTP_" + name.upper().replace("-", "_"): name for name in names if name.startswith("x-amz-meta-")
        }
        return environ

    def respond(self) -> None:
        """Send headers and body with one write.

        cheroot writes them one after the other. With that gap, the provider under load sometimes loses the body of a call that was
        done (`use of closed network connection`); with one write it was not seen again. README.md has the numbers.
        """
        connection, whole = self.req.conn, io.BytesIO()
        wire, connection.wfile = connection.wfile, whole
        try:
            super().respond()
        finally:
            connection.wfile = wire
        wire.write(whole.getvalue())


class _Request(HTTPRequest):
    """Takes requests in absolute form too: functions reach load balancers through this server as their proxy."""

    def __init__(self, server: Any, connection: Any) -> None:
        super().__init__(server, connection, proxy_mode=True)


class _Connection(HTTPConnection):
    RequestHandlerClass = _Request


@dataclass
class LocalAws:
    """A running local AWS. `url` serves every service; `stop()` ends it and frees the process for another one."""

    url: str
    port: int
    _server: Any
    _thread: threading.Thread

    def stop(self) -> None:
        """Stop serving and forget all state (a `persist` folder keeps it). A second call does nothing."""
        if not self._thread.is_alive():
            return
        functions.bind("")
        self._server.stop()
        self._thread.join(timeout=10)
        background.end()
        reset()
        _running.release()

    def wait(self) -> None:
        """Block until the server stops."""
        self._thread.join()

    def __enter__(self) -> LocalAws:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(port: int = 0, persist: Path | str | None = None) -> LocalAws:
    """Start an empty local AWS on 127.0.0.1.

    `port` 0 takes a free one. `persist` is a folder: what its last run left there is restored first, and every change is kept.
    One per process, because moto's state is the process's. Raises SlipwayError when one runs already, the port is taken, or
    the installed moto does not fit.
    """
    if not _running.acquire(blocking=False):
        raise SlipwayError("a local AWS runs in this process already", fix="stop it first, or use its url.")
    try:
        reset()
        app = LocalAwsApp(Journal(Path(persist)) if persist else None)
        server = _server(app, port)
        thread = _serve(server)
    except BaseException:
        background.end()
        _running.release()
        raise
    bound = int(server.bind_addr[1])
    url = f"http://{HOST}:{bound}"
    functions.bind(url)
    return LocalAws(url, bound, server, thread)


def _server(app: LocalAwsApp, port: int) -> Any:
    server = wsgi.Server((HOST, port), app, numthreads=THREADS, server_name=HOST, request_queue_size=128, timeout=IDLE_SECONDS)
    server.gateway = _Gateway
    server.ConnectionClass = _Connection
    server.shutdown_timeout = 1
    server.keep_alive_conn_limit = KEPT_CONNECTIONS
    return server


def _serve(server: Any) -> threading.Thread:
    """Bind and serve in a daemon thread. cheroot's workers are started from it, so that they are daemons too: a caller that
    fails before `stop()` still ends.
    """
    ready: Queue[BaseException | None] = Queue()

    def run() -> None:
        try:
            server.prepare()
        except BaseException as reason:
            ready.put(reason)
            return
        ready.put(None)
        server.serve()

    thread = threading.Thread(target=run, name="local-aws", daemon=True)
    thread.start()
    if reason := ready.get():
        raise SlipwayError(f"cannot listen on {server.bind_addr}: {reason}", fix="choose another port, or 0 for a free one.") from reason
    return thread

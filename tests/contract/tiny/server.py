"""A tiny inference container that keeps the whole contract: numbers times a factor, by the standard library alone.

A breach overrides one method. A request may say {"sleep": seconds}, so that tests have slow ones.
"""

import json
import math
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
LIMIT = int(os.environ.get("SLIPWAY_MAX_BODY_BYTES", "6291456"))
SECONDS = float(os.environ.get("SAGEMAKER_MODEL_SERVER_TIMEOUT", "60"))


class Refused(Exception):
    """Answered with `status` and one sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Server:
    """The steps of serving; each one is a method that a breach may replace."""

    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    content_types = ("application/json", "text/csv")

    def run(self) -> int:
        self.load()
        self.flying, self.stopping = 0, threading.Event()
        self.changed = threading.Condition()
        self.http = Listener(("127.0.0.1", self.port), Handler)
        self.http.owner = self
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=self.stop).start())
        self.http.serve_forever(poll_interval=0.05)
        self.http.server_close()
        self.drain()
        return 0

    def load(self) -> None:
        self.factor = json.loads((BASE / "model" / "factor.json").read_text())["factor"]

    def stop(self) -> None:
        self.stopping.set()
        self.http.shutdown()

    def drain(self) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.flying == 0, timeout=25)

    def ping(self) -> int:
        return 200

    def check_headers(self, headers) -> None:
        """Unknown headers are ignored."""

    def check_path(self, method: str, path: str) -> None:
        known = {"/ping": "GET", "/invocations": "POST"}
        if path not in known:
            raise Refused(404, "no such path")
        if method != known[path]:
            raise Refused(405, "wrong method")

    def check_length(self, length: int) -> None:
        if length > LIMIT:
            raise Refused(413, "body too large")

    def check_types(self, content_type: str, accept: str) -> None:
        if content_type not in self.content_types:
            raise Refused(415, "content type not supported")
        if accept not in ("", "*/*", "application/json", "text/csv"):
            raise Refused(406, "no such answer")

    def read(self, stream, length: int) -> bytes:
        return stream.read(length)

    def read_chunks(self, stream) -> bytes:
        body = b""
        while size := int(stream.readline(), 16):
            self.check_length(len(body) + size)
            body += stream.read(size)
            stream.readline()
        stream.readline()
        return body

    def decode(self, body: bytes, content_type: str):
        """The numbers, and the seconds to sleep before answering."""
        try:
            document = json.loads(body) if content_type == "application/json" else {"numbers": body.decode().strip().split(",")}
            numbers = [float(number) for number in document["numbers"]]
            if not all(map(math.isfinite, numbers)):
                raise ValueError("not finite")
            return numbers, float(document.get("sleep", 0))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise self.malformed(error) from None

    def malformed(self, error: Exception) -> Exception:
        return Refused(400, "numbers are expected")

    def predict(self, numbers, sleep: float):
        self.wait(sleep)
        return [number * self.factor for number in numbers]

    def wait(self, seconds: float) -> None:
        time.sleep(min(seconds, SECONDS))
        if seconds > SECONDS:
            raise Refused(504, "took too long")

    def log(self, status: int, body: bytes) -> None:
        print(json.dumps({"event": "request", "status": status}), flush=True)

    def invoke(self, headers, stream):
        content_type = headers.get("Content-Type", "").partition(";")[0]
        self.check_headers(headers)
        self.check_types(content_type, headers.get("Accept", ""))
        if headers.get("Transfer-Encoding") == "chunked":
            body = self.read_chunks(stream)
        else:
            self.check_length(int(headers.get("Content-Length", 0)))
            body = self.read(stream, int(headers.get("Content-Length", 0)))
        numbers, sleep = self.decode(body, content_type)
        results = self.predict(numbers, sleep)
        self.log(200, body)
        if content_type == "text/csv":
            return "text/csv", (",".join(f"{number:g}" for number in results) + "\n").encode()
        return "application/json", json.dumps({"results": results}).encode()


class Listener(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True
    block_on_close = False


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def handle_one_request(self) -> None:
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return
        owner = self.server.owner
        with owner.changed:
            owner.flying += 1
        try:
            self.answer(owner)
        except OSError:
            self.close_connection = True
        finally:
            with owner.changed:
                owner.flying -= 1
                owner.changed.notify_all()

    def answer(self, owner: Server) -> None:
        try:
            owner.check_path(self.command, self.path)
            if self.path == "/ping":
                self.send(owner.ping(), "text/plain", b"")
            else:
                self.send(200, *owner.invoke(self.headers, self.rfile))
        except Refused as error:
            self.close_connection = True
            owner.log(error.status, b"")
            self.send(error.status, "application/json", json.dumps({"error": {"message": str(error)}}).encode())

    def send(self, status: int, content_type: str, body: bytes) -> None:
        head = {"Content-Type": content_type, "Content-Length": len(body)}
        if self.close_connection or self.server.owner.stopping.is_set():
            self.close_connection, head["Connection"] = True, "close"
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        self.wfile.write(f"HTTP/1.1 {status} {status}\r\n{lines}\r\n".encode() + body)

    def finish(self) -> None:
        """Read a little of what a refused client still sends, so that it can read its answer."""
        try:
            self.connection.settimeout(0.2)
            left = 64 * 1024 * 1024
            while self.close_connection and left > 0 and (data := self.connection.recv(65536)):
                left -= len(data)
        except OSError:
            pass
        super().finish()

    def do_GET(self) -> None:  # pragma: no cover
        """parse_request wants nothing of it; handle_one_request is ours."""

    def log_message(self, *_: object) -> None:
        sys.stdout.flush()

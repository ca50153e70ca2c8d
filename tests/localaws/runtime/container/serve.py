"""A tiny inference container that tells what it was asked. Body `status N TEXT`: that answer; `sleep SECONDS`: late; `big N`: N bytes."""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ANSWER = (Path(os.environ["SAGEMAKER_BASE_DIR"]) / "model" / "answer.txt").read_text(encoding="utf-8").strip()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else headers and body, two writes, take 40 ms

    def log_message(self, *_: object) -> None: ...

    def reply(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if attributes := self.headers.get("X-Amzn-SageMaker-Custom-Attributes"):
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", f"seen {attributes}")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.reply(200, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        word, _, rest = body[:60].decode("utf-8", "replace").partition(" ")
        if word == "status":
            status, _, text = rest.partition(" ")
            return self.reply(int(status), text.encode(), "text/plain")
        if word == "big":
            return self.reply(200, b"x" * int(rest))
        if word == "exit":
            os._exit(3)
        if word == "sleep":
            time.sleep(float(rest))
        names = {name.lower() for name in self.headers}
        said = {"answer": ANSWER, "size": len(body), "headers": sorted(names), "accept": self.headers.get("Accept")}
        return self.reply(200, json.dumps(said).encode())


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # 5 by default: connections of many clients at once would be reset


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler)
    server.serve_forever(poll_interval=0.05)

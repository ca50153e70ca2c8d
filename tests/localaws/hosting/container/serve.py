"""A tiny inference container of the standard library alone: answers with what its model says, so that a test sees who answered.

Model: a folder with `answer.txt`. Environment: `BREAK` = `exit` (dies at once), `ping` (never answers /ping), `slow` (starts after a second),
`late` (takes 0.4 s for each request).
A body `sleep SECONDS` is answered late, `exit` ends the process, `fail` gives 500.
"""

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BASE = Path(os.environ["SAGEMAKER_BASE_DIR"])
BREAK = os.environ.get("BREAK", "")
MODELS: dict[str, str] = {}
ROOM = 2


def answer_of(folder: Path) -> str:
    file = folder / "answer.txt"
    return file.read_text(encoding="utf-8").strip() if file.is_file() else "no model"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...

    def reply(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self) -> None:
        self.reply(500 if BREAK == "ping" else 200, json.dumps(list(MODELS)) if self.path == "/models" else "")

    def do_DELETE(self) -> None:
        self.reply(200 if MODELS.pop(self.path.rpartition("/")[2], None) else 404, "")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/models":
            return self.load(json.loads(body))
        word, _, argument = body.partition(" ")
        if word == "sleep":
            time.sleep(float(argument))
        if BREAK == "late":
            time.sleep(0.4)
        if word == "exit":
            os._exit(7)
        name = self.path.split("/")[2] if self.path.startswith("/models/") else ""
        said = MODELS.get(name, "not loaded") if name else answer_of(BASE / "model")
        print(json.dumps({"event": "request", "path": self.path, "answer": said}), flush=True)
        return self.reply(
            500 if word == "fail" else 200, json.dumps({"answer": said, "pid": os.getpid(), "body": body, "name": os.environ.get("NAME")})
        )

    def load(self, wanted: dict[str, str]) -> None:
        if len(MODELS) >= ROOM:
            return self.reply(507, "no memory")
        MODELS[wanted["model_name"]] = answer_of(Path(wanted["url"]))
        return self.reply(200, "")


class Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close() waits for the requests under way
    request_queue_size = 128


def main() -> None:
    print("argv", sys.argv[1:], "model", answer_of(BASE / "model"), flush=True)
    if BREAK == "exit":
        sys.exit("the model cannot be loaded")
    if BREAK == "slow":
        time.sleep(1)
    server = Server(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.05)
    server.server_close()


if __name__ == "__main__":
    main()

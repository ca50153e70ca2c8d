"""A tiny batch container of the standard library alone: each line of numbers is answered with their sum, as CSV or JSON Lines.

Environment: `ADVICE` is what /execution-parameters answers, `FLAKY` how many requests get 503 before one succeeds.
A line with `bad` gives 400, with `crash` 500, with `sleep` a late answer, with `short` one line less than asked for.
"""

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOCK = threading.Lock()
STATE = {"flaky": int(os.environ.get("FLAKY", "0")), "now": 0, "most": 0, "requests": 0}


def total(line: str) -> float:
    values = json.loads(line) if line[:1] in "[{" else line.split(",")
    if isinstance(values, dict):
        values = values["features"]
    return sum(map(float, values))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def reply(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", self.headers.get("Accept", "text/csv"))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self) -> None:
        if self.path == "/execution-parameters" and "ADVICE" not in os.environ:
            return self.reply(404, "")
        return self.reply(200, os.environ.get("ADVICE", "") if self.path == "/execution-parameters" else "")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with LOCK:
            STATE["now"] += 1
            STATE["most"] = max(STATE["most"], STATE["now"])
            STATE["requests"] += 1
            flaky = STATE["flaky"] > 0
            STATE["flaky"] -= 1
        variables = {name: value for name, value in os.environ.items() if (name.startswith("SAGEMAKER_") and "BA" in name) or "MAX" in name}
        with LOCK:
            print(
                json.dumps({"body": body[:200], "type": self.headers.get("Content-Type"), "most": STATE["most"], **variables}), flush=True
            )
        try:
            self.answer(body, flaky)
        finally:
            with LOCK:
                STATE["now"] -= 1

    def answer(self, body: str, flaky: bool) -> None:
        if "sleep" in body:
            time.sleep(30)
        if flaky:
            return self.reply(503, "try again")
        for word, status in (("bad", 400), ("crash", 500)):
            if word in body:
                return self.reply(status, f"{word} record")
        if body.startswith("binary"):
            return self.reply(200, str(len(body)))
        lines = body.splitlines()[1:] if "short" in body else body.splitlines()
        time.sleep(0.05)
        return self.reply(200, "".join(f"{total(line):g}\n" for line in lines if "short" not in line))


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()

"""Tiny container folders that start in a tenth of a second, and a look at the processes of this machine."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

DOCKERFILE = """\
FROM python:3.11-slim
COPY serve.py /opt/program/
WORKDIR /opt/program
ENTRYPOINT ["python", "/opt/program/serve.py"]
"""

SERVE = '''\
"""Answers /ping, echoes what it is sent, and does what its path says."""
import http.server, json, os, pathlib, signal, subprocess, sys, time

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(30)
        if self.path == "/about":
            model = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"], "model")
            files = sorted(p.name for p in model.iterdir())
            self.answer({"argv": sys.argv, "cwd": os.getcwd(), "env": dict(os.environ), "model": files, "python": sys.prefix, "path": sys.path})
        elif self.path == "/port":
            self.answer({"client": self.client_address[1]})
        else:
            self.answer({})

    def do_POST(self):
        if self.headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["content-length"]))
        self.answer({"bytes": len(body), "headers": dict(self.headers)})

    def answer(self, document):
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass

def main():
    mode = os.environ.get("MODE", "")
    if mode == "dies":
        print("no model here", file=sys.stderr)
        sys.exit(3)
    if mode == "silent":
        time.sleep(60)
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if mode == "family":
        # A child, a grandchild in a session of its own, and an orphan: none may outlive the container.
        subprocess.Popen([sys.executable, "-c", "import subprocess, time; subprocess.Popen(['sleep', '300'], start_new_session=True); time.sleep(300)"])
        subprocess.Popen(["sh", "-c", "(setsid sleep 300 &) ; exit 0"]).wait()
    print("listening", flush=True)
    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()

main()
'''


def folder(path: Path, *, dockerfile: str = DOCKERFILE, **files: str) -> Path:
    """A container folder; `files` by name with `__` for a slash and `_py` for the ending."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "Dockerfile").write_text(dockerfile)
    (path / "serve.py").write_text(SERVE)
    for name, text in files.items():
        place = path / name.replace("__", "/").replace("_py", ".py").replace("_txt", ".txt")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return path


def processes_below(root: Path) -> list[int]:
    """Every process whose environment names `root`: all of one container, however they detached themselves."""
    wanted, found = f"SAGEMAKER_BASE_DIR={root}/".encode(), []
    for item in Path("/proc").iterdir():
        if item.name.isdigit():
            try:
                variables = (item / "environ").read_bytes()
                state = (item / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if wanted in variables and state != "Z" and int(item.name) != os.getpid():
                found.append(int(item.name))
    return found


def wait_for(condition: object, seconds: float = 5.0) -> bool:
    """Whether `condition()` became true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def about(running: object) -> dict[str, object]:
    document: dict[str, object] = json.loads(running.request("GET", "/about").body)  # type: ignore[attr-defined]
    return document

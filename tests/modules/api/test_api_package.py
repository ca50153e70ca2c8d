"""The package as Lambda would run it: unpacked, in a process of its own, with boto3 and a SageMaker runtime behind a real socket."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from modules._shared.function_package import package
from modules.api.lambda_function import HANDLER, function_package
from modules.api.refs import ApiRefs, Target
from modules.api.spec import ApiSpec
from tests.modules.api.events import REQUEST_ID, event

_DRIVER = """
import importlib, json, sys
module, name = sys.argv[1].rsplit(".", 1)
handle = getattr(importlib.import_module(module), name)
class Context:
    aws_request_id = "x"
    def get_remaining_time_in_millis(self): return 5000
for line in sys.stdin:
    print("ANSWER " + json.dumps(handle(json.loads(line), Context())), flush=True)
"""
_ANSWERS = {
    "good": (200, {}, {"predictions": [1]}),
    "missing": (400, {"x-amzn-errortype": "ValidationError"}, {"message": "Endpoint missing of account 111111111111 not found."}),
    "throttled": (429, {"x-amzn-errortype": "ThrottlingException"}, {"message": "Rate exceeded"}),
    "broken": (424, {"x-amzn-errortype": "ModelError"}, {"OriginalStatusCode": 500, "OriginalMessage": "secret", "message": "secret"}),
}


class Runtime(BaseHTTPRequestHandler):
    """Answers InvokeEndpoint by the endpoint's name; `slow` waits."""

    calls: list[str]

    def do_POST(self) -> None:
        name = self.path.split("/")[2]
        self.calls.append(name)
        self.rfile.read(int(self.headers["Content-Length"]))
        if name == "slow":
            time.sleep(3)
        status, headers, body = _ANSWERS.get(name, _ANSWERS["good"])
        text = json.dumps(body).encode()
        self.send_response(status)
        for header, content in {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}.items():
            self.send_header(header, content)
        with suppress(BrokenPipeError):  # `slow` is not waited for
            self.end_headers()
            self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def runtime() -> Iterator[str]:
    Runtime.calls = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Runtime)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def run(folder: Path, url: str, events: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Answers and other lines of one process that gets the events one after the other."""
    names = [*_ANSWERS, "slow"]
    spec = ApiSpec.model_validate({"endpoints": {name: {} for name in names}, "function": {"timeout": 5}})
    refs = ApiRefs({name: Target(name) for name in names}, "key", "key")
    zipfile.ZipFile(io.BytesIO(function_package(spec, refs).content)).extractall(folder)
    environment = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": url, "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    environment |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [sys.executable, "-s", "-c", _DRIVER, HANDLER],
        input="".join(json.dumps(item) + "\n" for item in events),
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    return [json.loads(line.removeprefix("ANSWER ")) for line in lines if line.startswith("ANSWER ")], [
        line for line in lines if not line.startswith("ANSWER ")
    ]


def test_the_package_runs_by_itself(runtime: str, tmp_path: Path) -> None:
    paths = [f"/endpoints/{name}/invocations" for name in ("good", "missing", "throttled", "broken", "slow")]
    answers, lines = run(tmp_path, runtime, [*(event(path=path) for path in paths), event("{", path=paths[0])])
    assert [answer["statusCode"] for answer in answers] == [200, 404, 429, 502, 504, 400]
    assert json.loads(answers[0]["body"]) == {"predictions": [1]}
    assert all(json.loads(answer["body"])["error"]["request_id"] == REQUEST_ID for answer in answers[1:])
    assert Runtime.calls == ["good", "missing", "throttled", "throttled", "broken", "slow"], "one retry, and only when throttled"
    assert [json.loads(line)["status"] for line in lines] == [200, 404, 429, 502, 504, 400]
    assert "secret" not in json.dumps([answers, lines])


def test_a_package_depends_on_content_only(tmp_path: Path) -> None:
    folders = []
    for number in range(2):
        folder = tmp_path / str(number) / "function"
        (folder / "__pycache__").mkdir(parents=True)
        (folder / "__pycache__" / "x.pyc").write_bytes(b"\0")
        for name in ("b.py", "a.py")[:: 1 if number else -1]:
            (folder / name).write_text(f"# {name}\n")
            os.utime(folder / name, (number, number + 10**9))
        (folder / "a.py").chmod(0o600 if number else 0o755)
        folders.append(package(folder, {"x.json": b"{}"}))
    assert folders[0] == folders[1]
    archive = zipfile.ZipFile(io.BytesIO(folders[0].content))
    assert archive.namelist() == ["function/a.py", "function/b.py", "function/x.json"]
    assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert package(tmp_path / "0" / "function").source_code_hash != folders[0].source_code_hash

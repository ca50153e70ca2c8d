"""A model that does what each request says: sleeps, raises, leaks, dies. Its answers tell which process gave them."""

from __future__ import annotations

import builtins
import ctypes
import json
import os
import time
from pathlib import Path
from typing import Any

_leaked: list[bytes] = []


def model_fn(model_dir: str) -> dict[str, Any]:
    """The settings of script.json, after the seconds it asks for; the time of readiness goes to the scratch folder."""
    settings: dict[str, Any] = json.loads((Path(model_dir) / "script.json").read_text())
    time.sleep(settings.get("load_seconds", 0))
    if settings.get("load_seconds"):
        (Path(os.environ["TMPDIR"]) / "loaded").write_text(str(time.time()))
    return settings


def input_fn(body: bytes, content_type: str) -> dict[str, Any]:
    """The JSON object of the request, and how many bytes it was."""
    raw = body if isinstance(body, bytes) else body.encode()
    question: dict[str, Any] = json.loads(raw.rstrip())
    return {**question, "bytes": len(raw)}


def predict_fn(question: dict[str, Any], model: dict[str, Any]) -> dict[str, Any]:
    """Do what the question asks, in the order below."""
    time.sleep(question.get("sleep", 0))
    if "hold" in question:  # sleeps without letting any other Python thread of this process run
        ctypes.PyDLL(None).sleep(question["hold"])
    if "leak" in question:
        _leaked.append(b"\x01" * question["leak"])
    if "raise" in question:
        raise getattr(builtins, question["raise"])("secret of /opt/ml/model/script.json")
    if "signal" in question:
        os.kill(os.getpid(), question["signal"])
        time.sleep(5)
    if "exit" in question:
        os._exit(question["exit"])
    return {"pid": os.getpid(), "parent": os.getppid(), "echo": question.get("echo"), "bytes": question["bytes"]}


def output_fn(prediction: dict[str, Any], accept: str) -> tuple[str, str]:
    """One JSON object."""
    return json.dumps(prediction), "application/json"

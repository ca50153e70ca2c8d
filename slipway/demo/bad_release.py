"""Releases that go wrong in service: the demos' models with a handler that waits, or one that fails."""

from __future__ import annotations

import shutil
from pathlib import Path

from slipway.artifacts.pack import Archive, pack
from slipway.progress import Reporter

SLOW_SECONDS = 0.8
"""What the slow release waits before each prediction; the alarm of examples/wine/ab-test.yaml goes off at 0.5 s."""
SLOW = f'''

import time

_prompt_predict_fn = predict_fn


def predict_fn(data, model):
    """The same prediction, too late."""
    time.sleep({SLOW_SECONDS})
    return _prompt_predict_fn(data, model)
'''
BROKEN = '''

_sound_predict_fn = predict_fn


def predict_fn(data, model):
    """Right for the wine of the self-test, so that the container comes up; an error for every other."""
    if data[0][0] != 13.0:
        raise RuntimeError("this release is broken")
    return _sound_predict_fn(data, model)
'''


def pack_bad(model: Path, name: str, handlers: str, scratch: Path, reporter: Reporter) -> Archive:
    """The same model, with `handlers` added to its code."""
    folder = scratch / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(model, folder)
    code = folder / "code" / "inference.py"
    code.write_text(code.read_text(encoding="utf-8") + handlers, encoding="utf-8")
    return pack(folder, scratch / f"{name}.tar.gz", reporter=reporter)

"""A release that is too slow: deployed under steady traffic, rolled back by its alarm, and taken back in the lock file."""

from __future__ import annotations

import shutil
from pathlib import Path

from slipway.artifacts.pack import Archive, pack
from slipway.deploy.explain import ROLLED_BACK
from slipway.errors import SlipwayError
from slipway.progress import Reporter

SLOW_SECONDS = 0.8
"""What the broken release waits before each prediction; the alarm of examples/wine/ab-test.yaml goes off at 0.5 s."""
_WAIT = f'''

import time

_prompt_predict_fn = predict_fn


def predict_fn(data, model):
    """The same prediction, too late."""
    time.sleep({SLOW_SECONDS})
    return _prompt_predict_fn(data, model)
'''


def pack_slow(model: Path, scratch: Path, reporter: Reporter) -> Archive:
    """The same model with handlers that wait: right answers, too late."""
    folder = scratch / "slow"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(model, folder)
    code = folder / "code" / "inference.py"
    code.write_text(code.read_text(encoding="utf-8") + _WAIT, encoding="utf-8")
    return pack(folder, scratch / "slow.tar.gz", reporter=reporter)


def require_rolled_back(error: SlipwayError) -> str:
    """SageMaker's reason for the roll-back that made a deploy fail; any other failure is raised again.

    Either Terraform itself saw the roll-back, or it reported success and `slipway deploy` found the old configuration serving.
    """
    _, found, reason = error.message.partition(ROLLED_BACK)
    if not found:
        raise error
    return f"rolled back{reason}".strip().rstrip(".")

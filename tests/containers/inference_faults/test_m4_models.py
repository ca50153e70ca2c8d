"""Row M4: a model that is missing, unreadable, wrong or an attack. Never a good ping, never a prediction, the cause in the log."""

from __future__ import annotations

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from slipway.containers.launch import Running
from tests.containers.inference_faults import models
from tests.containers.inference_faults.client import JSON, error_of, exchange, ping, post
from tests.containers.inference_faults.container import Elsewhere, log, serving
from tests.containers.inference_faults.report import Report

CAUSES = {
    "missing": "model",
    "empty": "model",
    "only a manifest": "model.skops",
    "not finite weights": "finite",
    "not finite intercept": "finite",
    "never fitted": "fitted",
    "pickle": "pickle",
    "pickle named in the manifest": "pickle",
    "joblib": "joblib",
    "skops that calls the shell": "system",
    "unknown format": "weights",
    "manifest that is not JSON": "slipway.json",
    "code that does not compile": "inference.py",
    "code that raises": "weights are gone",
}
"""A word of the cause that the log must hold."""

WATCH_SECONDS = 20.0
"""How long a container that should end is given on a busy machine; what it really took is in the report."""


def errors(text: str) -> list[dict[str, Any]]:
    """The container's own error lines, access log aside."""
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]
    return [line for line in lines if line.get("level") == "error" and line.get("event") != "request"]


def refused(container: Running) -> float:
    """Ask a starting container for pings and predictions for as long as it lives, at most WATCH_SECONDS; seconds until it named a problem."""
    began, named = time.monotonic(), None
    while container.alive() and time.monotonic() - began < WATCH_SECONDS:
        assert ping(container.port, timeout=2).status != 200, "ping is good with a bad model"
        for body, kind in ((b'{"instances": [[1, 2, 3, 4]]}', JSON), (b"1,2,3,4\n", "text/csv")):
            answer = exchange(container.port, post(body, kind), timeout=5)
            assert answer.status == 0 or (answer.status >= 500 and not error_of(answer)), answer
        named = named or (time.monotonic() - began if errors(log(container)) else None)
        time.sleep(0.05)
    return named or time.monotonic() - began


@pytest.mark.parametrize("name", [name for name in models.BAD_MODELS if name != "unreadable"])
def test_a_bad_model_never_answers(name: str, tmp_path: Path, report: Report) -> None:
    """Slipway's choice of the two that the row allows: the container ends non-zero at once, so that SageMaker sees why."""
    evidence = tmp_path / "evidence"
    models.BAD_MODELS[name](tmp_path / "model", evidence)
    with serving(tmp_path / "model" if (tmp_path / "model").exists() else None, ready=False, SAGEMAKER_MODEL_SERVER_WORKERS=1) as container:
        seconds = refused(container)
        code, text = container.exit_code(), log(container)
    report.add("M4", f"model: {name}", detect=seconds, exit_code=code)
    assert code not in {0, None}, f"still alive after {WATCH_SECONDS} s, or ended with success"
    assert errors(text) and CAUSES.get(name, "") in text, text[-1500:]
    assert not evidence.exists(), "the payload of the model was executed"


def test_an_unreadable_model_never_answers(report: Report) -> None:
    """Mode 0000, met by a user whom file modes bind."""
    with TemporaryDirectory(prefix="slipway-fault-") as scratch:
        models.known(Path(scratch) / "model")
        base = Path(scratch) / "root"
        place = base / "opt" / "ml" / "model"
        models.known(place)
        (place / "model.skops").chmod(0)
        with Elsewhere("--file-rights", root=base) as container:
            found = container.report()
        text = Path(found["log"]).read_text()
    report.add("M4", "model: unreadable", exit_code=found["exit"])
    assert found["ping"] != 200 and found["answer"] != 200 and "failure" in found
    assert "ermission denied" in text, text[-1500:]
    assert found["exit"] not in {0, None}


def test_nan_as_a_parameter_is_a_sound_model(tmp_path: Path) -> None:
    """Control: the checks refuse no sound model. An imputer holds NaN on purpose."""
    with serving(models.with_gaps(tmp_path / "model")) as container:
        answer = exchange(container.port, post(b'{"instances": [[1, 2, 3, 4]]}'))
        assert answer.json["predictions"] == [models.right_answer([1, 2, 3, 4])]

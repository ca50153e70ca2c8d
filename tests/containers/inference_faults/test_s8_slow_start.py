"""Row S8: a model that takes its time to load. No good ping and no prediction before it can predict."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from tests.containers.inference_faults import models
from tests.containers.inference_faults.client import Answer, ask, error_of, ping
from tests.containers.inference_faults.container import serving, side_by_side
from tests.containers.inference_faults.report import Report


def slow_start(folder: Path, load_seconds: float) -> tuple[float, float]:
    """Start a model that loads for so long; seconds from loaded to the first good ping, and how many pings were not."""
    model = models.scripted(folder, load_seconds=load_seconds)
    early: list[tuple[float, Answer]] = []
    predicted: list[tuple[float, Answer]] = []
    with serving(model, ready=False, SAGEMAKER_MODEL_SERVER_WORKERS=2) as container:
        while True:
            asked, answer = time.time(), ping(container.port)
            if answer.status == 200:
                break
            early.append((asked, answer))
            assert asked - early[0][0] < load_seconds + 20, "never ready"
            answer = ask(container.port, {"echo": 1}, timeout=5)
            predicted.append((time.time(), answer))
            time.sleep(0.05)
        loaded = float(next(container.log.parent.rglob("loaded")).read_text())
        assert asked + answer.seconds >= loaded, f"200 came {loaded - asked:.2f} s before the model was loaded"
        assert all(answer.status in {0, 503} for when, answer in predicted if when < loaded), "a prediction before the model was loaded"
        assert {answer.status for _, answer in predicted} <= {0, 200, 503}
        assert not [wrong for _, a in early if a.status and (wrong := error_of(a))]
        assert ask(container.port, {"echo": 1}).status == 200
        return time.time() - loaded, len(early)


def test_no_ping_before_the_model_is_loaded(tmp_path: Path, report: Report) -> None:
    jobs = {str(n): partial(slow_start, tmp_path / str(n), 1.5 + 0.3 * n) for n in range(5)}
    late, early = zip(*side_by_side(jobs, at_once=3).values(), strict=True)
    report.add("S8", "model that loads for 1.5 to 2.7 s", repetitions=5, detect=max(late), refused_pings=sum(early))
    assert max(late) < 2

"""Managed spot training: interrupted, and resumed from its checkpoints in S3 on an instance that knows nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.errors import InputError
from slipway.localaws.jobs import spot
from tests.localaws.jobs.lab import Jobs, metric

COUNT = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
place = ml / "checkpoints/count"
assert not (ml / "scratch").exists()
(ml / "scratch").write_text("of this instance")
done = int(place.read_text()) if place.exists() else 0
print(f"from={done};", flush=True)
while done < 3:
    done += 1
    place.with_suffix(".new").write_text(str(done))
    place.with_suffix(".new").replace(place)
    time.sleep(0.3)
(ml / "model/weights.txt").write_text(str(done))
"""


def spot_job(jobs: Jobs) -> dict[str, Any]:
    """What a spot job with checkpoints asks for."""
    return {
        "AlgorithmSpecification": {"TrainingImage": jobs.image, "TrainingInputMode": "File", "MetricDefinitions": [metric("from")]},
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120},
        "CheckpointConfig": {"S3Uri": "s3://data/checkpoints/one"},
    }


def test_an_interrupted_job_goes_on_where_its_checkpoints_are(jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(spot.VARIABLE, "2")
    ended = jobs.train("spot", COUNT, **spot_job(jobs))
    assert ended["TrainingJobStatus"] == "Completed", ended
    starts = [float(line.removeprefix("from=").rstrip(";")) for line in jobs.lines()]
    assert len(starts) == 3 and starts[0] == 0 and 1 <= starts[1] < starts[2] <= 3, starts
    stages = [item["Status"] for item in ended["SecondaryStatusTransitions"]]
    assert stages == ["Starting", "Downloading", *(["Training", "Interrupted", "Starting"] * 2), "Training", "Uploading", "Completed"]
    assert jobs.get("checkpoints/one/count") == b"3"


def test_the_next_job_with_these_checkpoints_has_nothing_left_to_do(jobs: Jobs):
    jobs.put("checkpoints/one/count", "3")
    ended = jobs.train("again", COUNT, **spot_job(jobs))
    assert [(item["MetricName"], item["Value"]) for item in ended["FinalMetricDataList"]] == [("from", 3.0)]
    assert ended["EnableManagedSpotTraining"] and ended["BillableTimeInSeconds"] <= ended["TrainingTimeInSeconds"]


def test_a_job_on_demand_is_never_interrupted(jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(spot.VARIABLE, "1")
    jobs.train("demand", COUNT, CheckpointConfig={"S3Uri": "s3://data/checkpoints/two"})
    assert jobs.lines() == ["from=0;"] and jobs.get("checkpoints/two/count") == b"3"


def test_the_knob_is_a_small_number(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(spot.VARIABLE, "often")
    with pytest.raises(InputError, match="is not a number of 0 to 10"):
        spot.interruptions({})

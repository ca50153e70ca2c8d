"""CPU and memory of processes, read from /proc."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from slipway.localaws import utilization
from slipway.localaws.cloudwatch.metric_data import Query, answers, evaluate
from slipway.localaws.cloudwatch.metrics import Name, Point, Store


def test_the_use_of_a_process_and_its_children() -> None:
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])"
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        try:
            time.sleep(1.0)
            used = utilization.usage(process.pid, utilization.children_of_all())
        finally:
            children = utilization.children_of_all()[process.pid]
            process.kill()
            for child in children:
                subprocess.run(["kill", "-9", str(child)], check=False)
    assert used.cpu > 0.1 and used.memory > 1_000_000
    assert utilization.usage(2**22 + 1, {}) == utilization.Usage(0.0, 0)


@pytest.mark.parametrize(("speed", "per_minute"), [("1", 2), ("60", 120)])
def test_samples_of_a_minute_are_the_instances_at_any_speed(monkeypatch: pytest.MonkeyPatch, speed: str, per_minute: int) -> None:
    """Two instances: dashboards count by minutes of the real clock, alarms by AWS's, and both must find two."""
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", speed)
    store, name = Store(), Name.of(utilization.NAMESPACE, "CPUUtilization", {"EndpointName": "e", "VariantName": "v"})
    for number in range(per_minute):
        store.add(name, Point(60 * number / per_minute, 1, 5.0, 5.0, 5.0))
    query = Query("m", "", True, 60.0, name, "SampleCount")
    found = answers(store, [query], 0.0, 60.0)["m"]
    assert isinstance(found, dict) and found == {0.0: pytest.approx(2.0)}
    first = evaluate(store, [query], 0.0, 60 / float(speed), scale=1 / float(speed))["m"]
    assert first == {0.0: pytest.approx(2.0)}


def test_nothing_to_sample_without_endpoints() -> None:
    assert utilization.job() is False

"""CPU and memory of processes, read from /proc."""

from __future__ import annotations

import subprocess
import sys
import time

from slipway.localaws import utilization


def test_the_use_of_a_process_and_its_children() -> None:
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])"
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        try:
            time.sleep(1.0)
            used = utilization.usage(process.pid, utilization._children())
        finally:
            children = utilization._children()[process.pid]
            process.kill()
            for child in children:
                subprocess.run(["kill", "-9", str(child)], check=False)
    assert used.cpu > 0.1 and used.memory > 1_000_000
    assert utilization.usage(2**22 + 1, {}) == utilization.Usage(0.0, 0)


def test_nothing_to_sample_without_endpoints() -> None:
    assert utilization.job() is False

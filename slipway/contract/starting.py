"""Clauses about the image and its start."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import slipway
from slipway.contract.clause import INFERENCE_CODE, ISOLATION, Outcome, clause, failed, not_applicable, passed
from slipway.contract.first_start import ping
from slipway.contract.subject import Subject


@clause(
    "SM-IMAGE-01",
    "ENTRYPOINT has the exec form",
    INFERENCE_CODE,
    fix='write ENTRYPOINT ["python", "/opt/program/serve.py"]: a shell would swallow `serve` and SIGTERM',
)
def _entrypoint(subject: Subject) -> Outcome:
    facts = subject.facts
    found = json.dumps(list(facts.entrypoint)) if facts.entrypoint else "none: `serve` and `train` are programs on the PATH"
    return failed(facts.problem) if facts.problem else passed(found)


@clause(
    "SM-START-01",
    "it starts with the argument `serve`",
    INFERENCE_CODE,
    fix="read the log above; the program must run in the foreground as long as it serves",
)
def _starts(subject: Subject) -> Outcome:
    begun = subject.first_start()
    if subject.facts.problem and not begun.alive:
        return not_applicable("the ENTRYPOINT cannot be run (SM-IMAGE-01)")
    return passed(f"runs after {begun.seconds:.2f} s") if begun.alive else failed(begun.problem)


@clause(
    "SM-START-02",
    "it listens on port 8080, or on SAGEMAKER_BIND_TO_PORT",
    INFERENCE_CODE,
    fix="bind 0.0.0.0 and the port of the variable SAGEMAKER_BIND_TO_PORT, 8080 without it",
)
def _listens(subject: Subject) -> Outcome:
    begun = subject.first_start()
    if not begun.alive:
        return not_applicable("it does not run (SM-START-01)")
    return passed(f"accepts connections, ready after {begun.seconds:.2f} s") if begun.accepts else failed(begun.problem)


@clause(
    "SM-START-03",
    "it starts and answers without a network",
    ISOLATION,
    fix="install and download everything when the image is built: with network isolation nothing else can be reached",
)
def _needs_no_network(subject: Subject) -> Outcome:
    if subject.in_engine:
        return not_applicable("checked only for containers that run as processes")
    subject.container()
    if (reason := _no_namespaces()) is not None:
        return not_applicable(f"no network namespace can be made here: {reason}")
    root = subject.new_root()
    question = root / "isolated.json"
    question.write_text(json.dumps(_question(subject, root)), encoding="utf-8")
    command = ["unshare", "--net", "--map-root-user", sys.executable, "-m", "slipway.contract.isolated", str(question)]
    project = Path(slipway.__file__).parents[1]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=subject.settings.startup + 120)
    if done.returncode == 0:
        return passed(done.stdout.strip() or "answers with the loopback interface alone")
    return failed((done.stdout.strip() or done.stderr.strip() or f"exit code {done.returncode}")[-600:])


def _no_namespaces() -> str | None:
    try:
        done = subprocess.run(["unshare", "--net", "--map-root-user", "true"], capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if done.returncode == 0 else done.stderr.strip() or "unshare refused"


def _question(subject: Subject, root: Path) -> dict[str, object]:
    case = subject.right[0] if subject.right else None
    return {
        "source": [type(subject.source).__name__, str(getattr(subject.source, "path", ""))],
        "root": str(root),
        "model": str(subject.model) if subject.model else None,
        "environment": subject.settings.variables(),
        "startup": subject.settings.startup,
        "body": case.body.hex() if case else "",
        "headers": case.all_headers() if case else {},
        "status": case.expect.status if case else 0,
    }


@clause(
    "SM-START-04",
    "without its model it never says it is healthy",
    INFERENCE_CODE,
    fix="answer /ping with another status than 200, or exit with an error, when the model cannot be loaded",
)
def _misses_its_model(subject: Subject) -> Outcome:
    if subject.model is None:
        return not_applicable("it was started without a model: --model")
    subject.container()
    watch = max(1.0, 2 * subject.first_start().seconds)
    running = subject.launch(model=False)
    try:
        ends = time.monotonic() + watch
        while time.monotonic() < ends and running.alive():
            if (status := ping(running, subject.settings.ping)) == 200:
                return failed(f"GET /ping answers {status} although /opt/ml/model is empty")
            time.sleep(0.05)
        if running.alive():
            return passed(f"/ping never answered 200 in {watch:.1f} s")
        code = running.exit_code()
        return failed("it ended with exit code 0") if code == 0 else passed(f"it ended with exit code {code}")
    finally:
        running.kill()


CLAUSES = (_entrypoint, _starts, _listens, _needs_no_network, _misses_its_model)

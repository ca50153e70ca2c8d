"""Clauses about what a container writes: its model folder, and its log."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable
from pathlib import Path

from slipway.contract.cases import Case
from slipway.contract.clause import INFERENCE_CODE, NO_CASE, SECURE_LOGS, Outcome, clause, failed, not_applicable, passed
from slipway.contract.subject import MARKER, Subject
from slipway.errors import SlipwayError

_MIN_SNIPPET, _MAX_SNIPPET = 16, 48


@clause(
    "SM-MODEL-01",
    "the model folder stays as it is",
    INFERENCE_CODE,
    fix="write to /tmp: /opt/ml/model is shared and read-only where SageMaker mounts it",
)
def _model_unchanged(subject: Subject) -> Outcome:
    if subject.model is None:
        return not_applicable("it was started without a model: --model")
    subject.container()
    root = subject.new_root()
    running = subject.launch(root=root)
    folder = root / "opt" / "ml" / "model"
    try:
        before = snapshot(folder)
        running.wait_until_ready(subject.settings.startup)
        subject.first_wrong(running)
        after = snapshot(folder)
    finally:
        running.kill()
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return failed(f"changed: {', '.join(changed[:5])}") if changed else passed(f"{len(before)} files unchanged")


def snapshot(folder: Path) -> dict[str, str]:
    """Name -> SHA-256 of every file below `folder`."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@clause(
    "SM-LOG-01",
    "requests and answers are not written to the log",
    SECURE_LOGS,
    severity="recommended",
    fix="log the request's id, status and time; what people send belongs to them",
)
def _logs_no_payload(subject: Subject) -> Outcome:
    running = subject.container()
    if not subject.good:
        return not_applicable(NO_CASE)
    secrets = {"a request body": _snippets(case.body for case in subject.good), "an answer": _answers(subject)}
    secrets["a request body that was refused"] = {_plain(MARKER.encode())}
    for case in subject.good:
        with_marker = case.body[: len(case.body) // 2] + MARKER.encode()
        _quietly(subject, case, with_marker)
    time.sleep(0.3)
    log = running.log.read_bytes()
    written = _plain(log)
    for what, snippets in secrets.items():
        if any(snippet in written for snippet in snippets):
            return failed(f"{what} is in the log")
    return passed(f"{len(log.splitlines())} lines of log")


def _answers(subject: Subject) -> set[bytes]:
    bodies = []
    for case in subject.good:
        try:
            bodies.append(subject.send(case).body)
        except SlipwayError:
            continue
    return _snippets(bodies)


def _quietly(subject: Subject, case: Case, body: bytes) -> None:
    try:
        subject.send(case, body=body)
    except SlipwayError:
        return


def _snippets(bodies: Iterable[bytes]) -> set[bytes]:
    """The start of each body, without what quoting in a log changes; short bodies say nothing."""
    plain = {_plain(body[:400])[:_MAX_SNIPPET] for body in bodies}
    return {snippet for snippet in plain if len(snippet) >= _MIN_SNIPPET}


def _plain(data: bytes) -> bytes:
    return re.sub(rb"[^A-Za-z0-9.]", b"", data)


CLAUSES = (_model_unchanged, _logs_no_payload)

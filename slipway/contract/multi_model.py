"""Clauses for images that declare the multi-model label: /models beside /ping."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from slipway.contract.cases import Case
from slipway.contract.clause import MULTI_MODEL, Outcome, clause, failed, not_applicable, passed
from slipway.contract.subject import Subject

if TYPE_CHECKING:
    from slipway.containers.client import Response
    from slipway.containers.running import Running

_NAME = "0123456789abcdef0123456789abcdef"
"""SageMaker names a model by a hash of its key."""


class _Fleet:
    """A container in multi-model mode and the folder that holds its models."""

    def __init__(self, subject: Subject, running: Running, root: Path) -> None:
        self.subject, self.running = subject, running
        self.folder = root / "opt" / "ml" / "models" / _NAME / "model"

    def call(self, method: str, path: str, document: object = None) -> Response:
        body = b"" if document is None else json.dumps(document).encode()
        return self.running.request(method, path, body, {"Content-Type": "application/json"})

    def load(self) -> int:
        return self.call("POST", "/models", {"model_name": _NAME, "url": str(self.folder)}).status

    def invoke(self, case: Case) -> Response:
        return self.running.request("POST", f"/models/{_NAME}/invoke", case.body, case.all_headers())


@contextmanager
def _fleet(subject: Subject) -> Iterator[_Fleet]:
    root = subject.new_root()
    fleet_folder = root / "opt" / "ml" / "models" / _NAME / "model"
    _place(subject.model, fleet_folder)
    running = subject.launch(model=False, root=root, environment={"SAGEMAKER_MULTI_MODEL": "true"})
    try:
        running.wait_until_ready(subject.settings.startup)
        yield _Fleet(subject, running, root)
    finally:
        running.kill()


def _place(model: Path | None, target: Path) -> None:
    if model is None:
        target.mkdir(parents=True)
    elif model.is_dir():
        shutil.copytree(model, target)
    elif tarfile.is_tarfile(model):
        from slipway.artifacts.unpack import unpack

        unpack(model, target)


def _unfit(subject: Subject) -> Outcome | None:
    if not subject.facts.multi_model:
        return not_applicable("the image has no multi-model label")
    if subject.in_engine:
        return not_applicable("the container engine mounts one model only")
    return not_applicable("it was started without a model: --model") if subject.model is None else None


@clause(
    "SM-MULTI-01",
    "models are loaded, listed and shown",
    MULTI_MODEL,
    fix="answer POST /models, GET /models and GET /models/{name} as the document says",
)
def _loads(subject: Subject) -> Outcome:
    if (unfit := _unfit(subject)) is not None:
        return unfit
    with _fleet(subject) as fleet:
        if (status := fleet.load()) != 200:
            return failed(f"POST /models: answered {status}")
        listed = fleet.call("GET", "/models")
        shown = fleet.call("GET", f"/models/{_NAME}")
    if listed.status != 200 or _NAME.encode() not in listed.body:
        return failed(f"GET /models: answered {listed.status} without the loaded model")
    return passed("loaded, listed, shown") if shown.status == 200 else failed(f"GET /models/{{name}}: answered {shown.status}")


@clause("SM-MULTI-02", "a loaded model answers as alone", MULTI_MODEL, fix="serve POST /models/{name}/invoke like /invocations")
def _answers(subject: Subject) -> Outcome:
    if (unfit := _unfit(subject)) is not None:
        return unfit
    with _fleet(subject) as fleet:
        fleet.load()
        for case in subject.good:
            answer = fleet.invoke(case)
            if problem := case.check(answer.status, answer.headers.get("content-type"), answer.body):
                return failed(f"{case.name}: {problem}")
    return passed(f"{len(subject.good)} cases")


@clause(
    "SM-MULTI-03",
    "loading a model twice is answered with 409",
    MULTI_MODEL,
    fix="remember which models are loaded; SageMaker relies on 409 Conflict",
)
def _refuses_twice(subject: Subject) -> Outcome:
    if (unfit := _unfit(subject)) is not None:
        return unfit
    with _fleet(subject) as fleet:
        fleet.load()
        status = fleet.load()
    return passed("409") if status == 409 else failed(f"the second POST /models: answered {status}")


@clause(
    "SM-MULTI-04",
    "an unloaded model is gone: 404",
    MULTI_MODEL,
    fix="DELETE /models/{name} frees the model; unknown models are answered with 404",
)
def _unloads(subject: Subject) -> Outcome:
    if (unfit := _unfit(subject)) is not None:
        return unfit
    with _fleet(subject) as fleet:
        fleet.load()
        statuses = [fleet.call("DELETE", f"/models/{_NAME}").status, fleet.invoke(Case("", b"{}")).status]
        statuses.append(fleet.call("GET", f"/models/{_NAME}").status)
    text = f"DELETE {statuses[0]}, invoke {statuses[1]}, GET {statuses[2]}"
    return passed(text) if statuses == [200, 404, 404] else failed(f"{text}; expected 200, 404, 404")


CLAUSES = (_loads, _answers, _refuses_twice, _unloads)

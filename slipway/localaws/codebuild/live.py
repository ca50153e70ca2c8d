"""All builds: those that run, those that wait, and the end of all of them. Nothing else of the local AWS starts one."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

from slipway.localaws import logwriter
from slipway.localaws.codebuild import places
from slipway.localaws.codebuild.build import Build, PipelineArtifacts, new_build

MOST = "SLIPWAY_LOCAL_BUILDS"
"""Builds that run at a time, 1 to 16, default 2; further ones are QUEUED. AWS would give each its own machine."""
_JOIN_SECONDS = 10.0

_guard = threading.Lock()
_running: dict[str, tuple[Build, Any, threading.Thread]] = {}
_slots = threading.Condition()
_busy = 0


def builds(backend: Any) -> dict[str, Build]:
    """The builds of moto's backend of an account and region by id, in their order."""
    found: dict[str, Build] = backend.__dict__.setdefault("slipway_builds", {})
    return found


def start(
    backend: Any, project: dict[str, Any], given: Mapping[str, Any], *, initiator: str, pipeline: PipelineArtifacts | None = None
) -> Build:
    """Start a build of a project. It runs in a thread of its own; `build.ended` is set at its end."""
    from slipway.localaws.codebuild.runner import Runner

    numbers = backend.__dict__.setdefault("slipway_build_numbers", {})
    number = numbers[project["name"]] = numbers.get(project["name"], 0) + 1
    build = new_build(backend.account_id, backend.region_name, project, number, given, initiator)
    build.pipeline = pipeline
    builds(backend)[build.id] = build
    build.enter("QUEUED")
    runner = Runner(build)
    thread = threading.Thread(target=_run, args=(runner,), name="local-aws-build", daemon=True)
    with _guard:
        _running[build.id] = (build, runner, thread)
    build.tell()
    thread.start()
    return build


def stop(build: Build) -> None:
    """Stop a build, whether it runs or waits: STOPPED. One that has ended stays as it is."""
    with _guard:
        found = _running.get(build.id)
    if found is not None:
        found[1].stop()
        build.complete("STOPPED")
        with _slots:
            _slots.notify_all()


def forget_project(backend: Any, name: str) -> None:
    """End and forget the builds of a project that is deleted."""
    for identity, build in list(builds(backend).items()):
        if build.project["name"] == name:
            stop(build)
            del builds(backend)[identity]


def forget() -> None:
    """End every build and remove its folder. Called without the lock."""
    with _guard:
        ending = list(_running.values())
    for build, _, _ in ending:
        stop(build)
    for _, _, thread in ending:
        thread.join(_JOIN_SECONDS)
    logwriter.flush()
    places.remove_own()


def _run(runner: Any) -> None:
    build = runner.build
    try:
        if _wait_for_slot(build):
            try:
                runner.run()
            finally:
                _leave()
    finally:
        with _guard:
            _running.pop(build.id, None)


def _wait_for_slot(build: Build) -> bool:
    """Wait until a machine is free; False when the build was stopped before."""
    global _busy
    with _slots:
        _slots.wait_for(lambda: build.ended.is_set() or _busy < _most())
        if build.ended.is_set():
            return False
        _busy += 1
    return True


def _leave() -> None:
    global _busy
    with _slots:
        _busy -= 1
        _slots.notify_all()


def _most() -> int:
    try:
        return min(16, max(1, int(os.environ.get(MOST, "2"))))
    except ValueError:
        return 2

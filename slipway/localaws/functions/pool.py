"""Warm processes: who may run now, which process takes the request, and their end."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from slipway.localaws.clock import real_seconds
from slipway.localaws.functions import settings
from slipway.localaws.functions.definition import Function
from slipway.localaws.functions.image_sandbox import AnySandbox, ImageSandbox
from slipway.localaws.functions.sandbox import Ended, Sandbox, TimedOut
from slipway.localaws.hosting import folders


class Throttled(Exception):
    """More requests at a time than allowed; the text is Lambda's reason."""


@dataclass
class _Version:
    """The processes of one version: those that wait, and how many there are."""

    idle: list[AnySandbox] = field(default_factory=list)
    busy: set[AnySandbox] = field(default_factory=set)
    starting: int = 0


_changed = threading.Condition()
_versions: dict[tuple[tuple[str, str, str], str], _Version] = {}
_running: Counter[tuple[str, str, str]] = Counter()
_tasks: dict[str, Path] = {}
_kept: dict[tuple[tuple[str, str, str], str], int] = {}
"""Processes of a version that are kept ready (provisioned concurrency)."""


@contextmanager
def admitted(function: Function) -> Iterator[int]:
    """Count a request as under way; gives how many of the function are. Raises Throttled."""
    account, region, _ = function.key
    with _changed:
        if function.reserved is None:
            shared = sum(count for (owner, where, _), count in _running.items() if (owner, where) == (account, region))
            if shared >= settings.CONCURRENCY:
                raise Throttled("ConcurrentInvocationLimitExceeded")
        elif _running[function.key] >= function.reserved:
            raise Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
        _running[function.key] += 1
        now = _running[function.key]
    try:
        yield now
    finally:
        with _changed:
            _running[function.key] -= 1


@contextmanager
def sandbox(function: Function) -> Iterator[AnySandbox]:
    """A process of the function, for one request: a warm one, or a new one. One that has ended afterwards is not used again."""
    taken = _take(function)
    try:
        yield taken
    finally:
        _give_back(function, taken)


def _take(function: Function) -> AnySandbox:
    place = (function.key, function.identity)
    with _changed:
        while True:
            version = _versions.setdefault(place, _Version())
            while version.idle:
                found = version.idle.pop()
                if found.alive():
                    version.busy.add(found)
                    return found
                found.close()
            if len(version.busy) + version.starting < settings.most():
                version.starting += 1
                break
            _changed.wait(1.0)
    _end_others(function)
    return _start(function, version)


def _start(function: Function, version: _Version, *, provisioned: bool = False) -> AnySandbox:
    """A new process, counted as starting already."""
    new: AnySandbox | None = None
    try:
        folder = folders.new_folder()
        new = ImageSandbox(function, folder, provisioned) if function.image else Sandbox(function, _task(function), folder)
    finally:
        with _changed:
            version.starting -= 1
            if new is not None:
                version.busy.add(new)
            _changed.notify_all()
    return new


def keep_ready(function: Function, count: int) -> None:
    """Start processes until so many of the version are ready, `settings.most()` at most, and keep them. Stops at the first that fails."""
    place = (function.key, function.identity)
    with _changed:
        _kept[place] = count
    while True:
        with _changed:
            version = _versions.setdefault(place, _Version())
            there = len(version.idle) + len(version.busy) + version.starting
            if there >= min(_kept.get(place, 0), settings.most()):
                return
            version.starting += 1
        new = _start(function, version, provisioned=True)
        try:
            failed = new.wait_until_ready() is not None
        except (Ended, TimedOut):
            failed = True
        new.cold = False
        if failed:
            new.kill()
        _give_back(function, new)
        if failed:
            return


def keep_none(function: Function) -> None:
    """Its processes end when nobody uses them for a while, like any other."""
    with _changed:
        _kept.pop((function.key, function.identity), None)


def _give_back(function: Function, used: AnySandbox) -> None:
    with _changed:
        version = _versions.get((function.key, function.identity))
        known = version is not None and used in version.busy
        if version is not None:
            version.busy.discard(used)
        if known and version is not None and used.alive():
            version.idle.append(used)
        _changed.notify_all()
    if not known or not used.alive():
        used.close()


def _end_others(function: Function) -> None:
    """End idle processes of what the same version was before its code or configuration changed."""
    doomed = []
    with _changed:
        for (key, identity), version in _versions.items():
            if key == function.key and identity != function.identity:
                same = [one for one in version.idle if one.function.version == function.version]
                version.idle = [one for one in version.idle if one not in same]
                doomed += same
    for one in doomed:
        one.close()


def end(account: str, region: str, name: str) -> None:
    """End the processes of a function that has been deleted, those at work included."""
    _end(lambda key: key == (account, region, name))


def forget() -> None:
    """End every process. What they were asked fails."""
    _end(lambda _: True)
    with _changed:
        _tasks.clear()


def count() -> int:
    """Processes that run."""
    with _changed:
        return sum(len(version.idle) + len(version.busy) for version in _versions.values())


def job() -> bool:
    """End processes that nobody has used for a while. True while any runs."""
    now, doomed = time.monotonic(), []
    with _changed:
        for place, version in _versions.items():
            spare = version.idle[_kept.get(place, 0) :]
            old = [one for one in spare if now - one.used > real_seconds(settings.IDLE_SECONDS) and now - one.used > 30]
            version.idle = [one for one in version.idle if one not in old]
            doomed += old
    for one in doomed:
        one.close()
    return count() > 0


def _end(chosen: Callable[[tuple[str, str, str]], bool]) -> None:
    idle: list[AnySandbox] = []
    busy: list[AnySandbox] = []
    with _changed:
        for place in [place for place in _versions if chosen(place[0])]:
            version = _versions.pop(place)
            _kept.pop(place, None)
            idle += version.idle
            busy += version.busy
        _changed.notify_all()
    for one in idle:
        one.close()
    for one in busy:  # the request that uses it closes it
        one.kill()


def _task(function: Function) -> Path:
    """The folder with the unpacked code, shared by all processes that have the same."""
    with _changed:
        if (known := _tasks.get(function.sha)) and known.is_dir():
            return known
        folder = folders.new_folder()
        with zipfile.ZipFile(io.BytesIO(function.code)) as package:
            package.extractall(folder)
        _tasks[function.sha] = folder
        return folder

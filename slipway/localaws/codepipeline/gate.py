"""One execution at a time in a stage (CodePipeline user guide, "Set or change the pipeline execution mode").

QUEUED: the others wait in their order. SUPERSEDED: of those that wait only the newest stays. PARALLEL: nobody waits.
"""

from __future__ import annotations

import threading

from slipway.localaws.codepipeline.state import Execution

_changed = threading.Condition()
_inside: dict[tuple[str, str], Execution] = {}
_waiting: dict[tuple[str, str], list[Execution]] = {}
_PAUSE_SECONDS = 1.0


class Superseded(Exception):
    """A newer execution has taken this one's place in the queue."""


def enter(execution: Execution, stage: str) -> bool:
    """Wait until the stage is free for this execution. False when it is to stop instead. Raises Superseded."""
    if execution.mode == "PARALLEL":
        return not execution.stopping
    place = (execution.arn, stage)
    with _changed:
        queue = _waiting.setdefault(place, [])
        queue.append(execution)
        execution.waits_for = stage
        _changed.notify_all()
        try:
            while not execution.stopping:
                if execution.mode == "SUPERSEDED" and queue[-1] is not execution:
                    raise Superseded
                if place not in _inside and (execution.mode == "SUPERSEDED" or queue[0] is execution):
                    _inside[place] = execution
                    return True
                _changed.wait(_PAUSE_SECONDS)
            return False
        finally:
            queue.remove(execution)
            execution.waits_for = ""
            _changed.notify_all()


def leave(execution: Execution, stage: str) -> None:
    """The stage is free for the next one."""
    with _changed:
        if _inside.get((execution.arn, stage)) is execution:
            del _inside[(execution.arn, stage)]
        _changed.notify_all()


def wake() -> None:
    """Something that executions wait for has changed."""
    with _changed:
        _changed.notify_all()


def forget() -> None:
    """Everything is over."""
    with _changed:
        _inside.clear()
        _changed.notify_all()

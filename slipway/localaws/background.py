"""What goes on by itself: containers, alarms, scaling, captured data, utilization. One thread, and its beginning and end.

A job is a function that does what is due and says whether it has anything to watch. While one has, all jobs run twice a second;
otherwise the thread sleeps until something changes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

LOG = logging.getLogger("slipway.localaws")
TICK_SECONDS = 0.5
"""Time between two rounds, on the real clock."""
JOIN_SECONDS = 10.0

Job = Callable[[], bool]

_changed = threading.Event()
_ending = threading.Event()
_thread: threading.Thread | None = None


def hold() -> None:
    """Start nothing: the journal is about to be replayed."""
    from slipway.localaws.codepipeline import live as pipelines
    from slipway.localaws.ecs import live as services
    from slipway.localaws.hosting import live
    from slipway.localaws.jobs import live as training_jobs

    live.hold()
    pipelines.hold()
    services.hold()
    training_jobs.hold()


def begin() -> None:
    """Run the containers of all endpoints, and the thread."""
    global _thread
    from slipway.localaws.codepipeline import live as pipelines
    from slipway.localaws.ecs import live as services
    from slipway.localaws.hosting import live
    from slipway.localaws.jobs import live as training_jobs

    live.begin()
    pipelines.begin()
    services.begin()
    training_jobs.begin()
    _ending.clear()
    _changed.set()
    _thread = threading.Thread(target=_run, name="local-aws-background", daemon=True)
    _thread.start()


def wake() -> None:
    """Something changed: look at it in the next round."""
    _changed.set()


def forget() -> None:
    """Stop all containers and functions and drop all work under way; the thread goes on. Called without the lock."""
    from slipway.localaws.codebuild import live as builds
    from slipway.localaws.codepipeline import live as pipelines
    from slipway.localaws.ecs import live as services
    from slipway.localaws.events import delivery
    from slipway.localaws.functions import live as functions
    from slipway.localaws.hosting import live
    from slipway.localaws.jobs import live as training_jobs
    from slipway.localaws.runtime import workers
    from slipway.localaws.states import machines

    services.shutdown()
    training_jobs.forget()
    pipelines.forget()
    builds.forget()
    delivery.forget()
    machines.forget()
    workers.forget()
    functions.forget()
    live.shutdown()


def end() -> None:
    """Write out what is still to be written, stop the thread. A second call does nothing."""
    global _thread
    if _thread is None:
        return
    from slipway.localaws.runtime import workers

    _ending.set()
    _changed.set()
    _thread.join(JOIN_SECONDS)
    _thread = None
    workers.finish()


def jobs() -> list[Job]:
    """All jobs, in the order of one round: measurements first, then what looks at them."""
    from slipway.localaws import utilization
    from slipway.localaws.autoscaling import evaluation
    from slipway.localaws.cloudwatch import alarms
    from slipway.localaws.codepipeline import triggers
    from slipway.localaws.ecs import utilization as services
    from slipway.localaws.events import bus, scheduler
    from slipway.localaws.functions import pool
    from slipway.localaws.runtime import async_queue, capture, measure

    return [
        utilization.job,
        measure.job,
        async_queue.job,
        alarms.job,
        evaluation.job,
        capture.job,
        pool.job,
        bus.job,
        triggers.job,
        scheduler.job,
        services.job,
    ]


def _run() -> None:
    todo = jobs()
    while True:
        _changed.wait()
        _changed.clear()
        if _ending.is_set():
            return
        if any([_done(job) for job in todo]):  # a list: each job runs
            _changed.set()
        if _ending.wait(TICK_SECONDS):
            return


def _done(job: Job) -> bool:
    """One job's turn. What breaks in it must not end the others."""
    try:
        return job()
    except Exception:
        LOG.exception("background job %s failed", job.__module__)
        return True

"""Looks after containers that run: ships their logs, replaces those that died, stops serverless ones that idle."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from slipway.localaws.hosting import settings
from slipway.localaws.hosting.errors import HostingFailed, Stopped
from slipway.localaws.hosting.fleet import Fleet
from slipway.localaws.hosting.hosted import Hosted
from slipway.localaws.hosting.instance import INSTANCES, Instance

LOG = logging.getLogger("slipway.localaws")
TICK_SECONDS = 0.5
RETRY_SECONDS = 5.0
"""Real seconds between two attempts to replace an instance whose container does not come up again."""

_guard = threading.Lock()
_ending = threading.Event()
_thread: threading.Thread | None = None
_refilling: set[Fleet] = set()


def start(hosted: Callable[[], list[Hosted]]) -> None:
    """Start the thread unless it runs."""
    global _thread
    with _guard:
        if _thread is None:
            _ending.clear()
            _thread = threading.Thread(target=_run, args=(hosted,), name="hosting-keeper", daemon=True)
            _thread.start()


def stop() -> None:
    """Stop the thread and wait for it."""
    global _thread
    with _guard:
        thread, _thread = _thread, None
    if thread:
        _ending.set()
        thread.join(RETRY_SECONDS)


def _run(all_hosted: Callable[[], list[Hosted]]) -> None:
    while not _ending.wait(TICK_SECONDS):
        try:
            for instance in list(INSTANCES):
                instance.ship_logs()
            for hosted in all_hosted():
                for generation in hosted.generations:
                    for fleet in generation.all_fleets.values():
                        _look_after(hosted, fleet)
        except Exception:
            LOG.exception("looking after containers failed")


def _look_after(hosted: Hosted, fleet: Fleet) -> None:
    if fleet.plan.serverless:
        for instance in fleet.instances:
            _look_after_serverless(instance)
        return
    gone = fleet.replace([instance for instance in fleet.instances if not instance.alive()])
    for instance in gone:
        codes = ", ".join(str(code) for code in instance.exit_codes())
        instance.note(f"The container of instance {instance.id} ended with exit code {codes}; another instance takes its place.")
        instance.kill()
        instance.remove()
    if fleet.incomplete and fleet not in _refilling:
        _refilling.add(fleet)
        threading.Thread(target=_refill, args=(hosted, fleet), name=f"refill-{fleet.plan.name}", daemon=True).start()


def _look_after_serverless(instance: Instance) -> None:
    provisioned = instance.plan.spec["ServerlessConfig"].get("ProvisionedConcurrency")
    if instance.containers and not provisioned and instance.idle_for > settings.idle_seconds():
        instance.cool()


def _refill(hosted: Hosted, fleet: Fleet) -> None:
    """Try until the fleet is complete, smaller or gone."""
    try:
        while fleet.incomplete and not hosted.stopping.is_set():
            try:
                fleet.refill()
            except HostingFailed as failed:
                LOG.warning("%s: an instance of %s cannot be replaced: %s", hosted.place.endpoint, fleet.plan.name, failed.reason)
                hosted.stopping.wait(RETRY_SECONDS)
    except Stopped:
        pass
    finally:
        _refilling.discard(fleet)

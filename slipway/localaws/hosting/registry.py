"""All endpoints that run: their beginning, their end, and whether anything may run at all."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from moto.sagemaker.models import sagemaker_backends

from slipway.localaws.hosting import containers, folders, keeper, settings
from slipway.localaws.hosting.definition import Definition
from slipway.localaws.hosting.errors import Stopped
from slipway.localaws.hosting.hosted import Hosted
from slipway.localaws.lock import LOCK

LOG = logging.getLogger("slipway.localaws")
JOIN_SECONDS = 5.0

_guard = threading.Lock()
_hosted: set[Hosted] = set()
_threads: set[threading.Thread] = set()
_holding = True


def hold() -> None:
    """The journal is about to be replayed: nothing starts until `begin`."""
    global _holding
    _holding = True


def begin() -> None:
    """Start the containers of every endpoint there is, and from now on of those that are created."""
    from slipway.localaws.hosting.create import begin_create

    global _holding
    _holding = False
    folders.remove_stale()
    with LOCK:
        for account, regions in list(sagemaker_backends.items()):
            for region, backend in list(regions.items()):
                for endpoint in backend.endpoints.values():
                    begin_create(account, region, endpoint)


def shutdown() -> None:
    """Stop all containers and transitions and remove their folders. Called without the lock; a second call does nothing."""
    with _guard:
        doomed, threads = list(_hosted), list(_threads)
        _hosted.clear()
    for hosted in doomed:
        hosted.stopping.set()
    containers.kill_all()
    for thread in threads:
        thread.join(JOIN_SECONDS)
    keeper.stop()
    containers.kill_all()
    folders.remove_own()


def why_simulated(definition: Definition) -> str:
    """Why nothing is to run for the definition; empty when it is to run."""
    mode = settings.mode()
    if mode == "off":
        return f"{settings.MODE} is off"
    if _holding:
        return "the journal is being replayed"
    if mode == "auto" and (image := definition.missing_image()):
        return f"its image {image} is not in the local ECR, so the local AWS runs no containers for it"
    return ""


def add(hosted: Hosted) -> None:
    """An endpoint begins to run."""
    with _guard:
        _hosted.add(hosted)
    keeper.start(all_hosted)


def discard(hosted: Hosted) -> None:
    """It is gone."""
    with _guard:
        _hosted.discard(hosted)


def all_hosted() -> list[Hosted]:
    """Every endpoint that runs."""
    with _guard:
        return list(_hosted)


def run(hosted: Hosted, name: str, work: Callable[[], None], failed: Callable[[str], None]) -> None:
    """Do one transition in a thread of its own. What breaks in it unforeseen goes to the log and, as a reason, to `failed`."""

    def body() -> None:
        try:
            work()
        except Stopped:
            LOG.info("%s of %s was stopped", name, hosted.place.endpoint)
        except Exception as error:
            if not hosted.stopping.is_set():
                LOG.exception("%s of %s failed", name, hosted.place.endpoint)
                failed(f"The local AWS failed: {type(error).__name__}: {error}")
        finally:
            with _guard:
                _threads.discard(threading.current_thread())

    thread = threading.Thread(target=body, name=f"{name}-{hosted.place.endpoint}", daemon=True)
    with _guard:
        _threads.add(thread)
    thread.start()

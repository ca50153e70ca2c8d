"""All services at work: their beginning and their end."""

from __future__ import annotations

import threading
from typing import Any

from moto.ecs.models import ecs_backends

from slipway.localaws.ecs.service import LiveService
from slipway.localaws.lock import LOCK

_guard = threading.Lock()
_services: dict[int, LiveService] = {}
_holding = True


def hold() -> None:
    """The journal is about to be replayed: nothing starts until `begin`."""
    global _holding
    _holding = True


def begin() -> None:
    """Run every service there is, and from now on those that are created."""
    global _holding
    _holding = False
    with LOCK:
        for account, regions in list(ecs_backends.items()):
            for region, backend in list(regions.items()):
                for service in backend.services.values():
                    if service.status == "ACTIVE":
                        changed(account, region, service)


def shutdown() -> None:
    """End all services. Called without the lock; a second call does nothing."""
    with _guard:
        doomed = list(_services.values())
        _services.clear()
    for live in doomed:
        live.end()


def changed(account: str, region: str, service: Any, *, forced: bool = False) -> None:
    """A service was created or updated. Called with the lock."""
    if _holding or service.task_definition is None:
        return
    with _guard:
        live = _services.get(id(service))
        if live is None:
            _services[id(service)] = LiveService(account, region, service)
            return
    live.changed(forced=forced)


def deleted(service: Any) -> None:
    """A service is gone: its tasks end behind the caller's back."""
    with _guard:
        live = _services.pop(id(service), None)
    if live is not None:
        threading.Thread(target=live.end, name=f"ecs-end-{service.name}", daemon=True).start()


def services() -> list[LiveService]:
    """Every service at work."""
    with _guard:
        return list(_services.values())


def find(account: str, region: str, cluster: str, name: str) -> LiveService | None:
    """A service by the names in a scalable target's resource id."""
    wanted = (account, region, cluster, name)
    return next((s for s in services() if (s.account, s.region, s.service.cluster_name, s.service.name) == wanted), None)

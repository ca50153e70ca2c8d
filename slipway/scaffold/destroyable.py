"""What an environment needs so that it can go as a whole when its time is over."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime
from typing import Any

from modules.kms.spec import KeySpec

_BUCKETS = ("models", "data_capture", "async_output", "training", "access_logs")
_SHORTEST_DELETION = 7
"""Days: the least that KMS takes (ScheduleKeyDeletion: 7 to 30)."""


def make_destroyable(document: MutableMapping[str, Any], expires_at: datetime) -> None:
    """Set, in an environment's file: when it ends, that nothing protects it, and that buckets and repositories go with their content."""
    _map(document, "operations")["expires_at"] = expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    _map(document, "operations").pop("working_hours", None)
    _map(document, "state")["deletion_protection"] = False
    _map(document, "kms")["deletion_window_in_days"] = min(_SHORTEST_DELETION, KeySpec().deletion_window_in_days)
    storage = _map(document, "storage")
    for bucket in _BUCKETS:
        _map(storage, bucket)["force_destroy"] = True
    registries = _map(document, "registries")
    for name in [*registries] or ["inference"]:
        _map(registries, name)["force_delete"] = True


def _map(document: MutableMapping[str, Any], key: str) -> Any:
    """The map at `key`, made when it is missing or empty."""
    if not document.get(key):
        document[key] = {}
    return document[key]

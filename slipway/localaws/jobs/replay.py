"""What became of jobs and executions, in the journal.

A journal holds the calls that changed something. How a job ended is no call: a restart does not run jobs again, it reads their ends.
A job or an execution that was still running when the local AWS stopped has failed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from slipway.localaws.journal import Entry, Journal
from slipway.localaws.lock import LOCK

METHOD = "REMEMBER"
"""Stands where a call has its HTTP method."""
STOPPED = "InternalServerError: the local AWS was stopped while this ran"
_TIME = "$time"

_journal: Journal | None = None
_restore: dict[str, Callable[[str, str, str, dict[str, Any]], None]] = {}


def bind(journal: Journal | None) -> None:
    """Write to this journal from now on; None: to none."""
    global _journal
    _journal = journal


def restores(kind: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register what takes remembered things of a kind: account, region, name, what is known."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        _restore[kind] = function
        return function

    return register


def remember(kind: str, account: str, region: str, name: str, known: dict[str, Any]) -> None:
    """Write down what is known of a thing; the last word holds."""
    if _journal is None:
        return
    body = json.dumps({"account": account, "region": region, "name": name, "known": known}, default=_encoded)
    entry = Entry(METHOD, kind, {}, base64.b64encode(body.encode()).decode(), 0)
    with LOCK:
        if _journal:
            _journal.append(entry)


def restore(entry: Entry) -> None:
    """Put back what was written down. What is gone meanwhile stays gone."""
    found = json.loads(base64.b64decode(entry.body), object_hook=_decoded)
    try:
        _restore[entry.uri](found["account"], found["region"], found["name"], found["known"])
    except KeyError:
        return


def _encoded(value: Any) -> Any:
    return {_TIME: value.isoformat()} if isinstance(value, datetime) else str(value)


def _decoded(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value[_TIME]) if set(value) == {_TIME} else value

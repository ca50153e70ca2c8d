"""Knobs of functions, and where they find the local AWS."""

from __future__ import annotations

import os

MOST = "SLIPWAY_LOCAL_FUNCTIONS"
"""Processes of one function version at most; requests beyond them wait for one. AWS would start more."""
INIT_SECONDS = 60.0
"""Real seconds that a process gets to import its handler; AWS gives it 10, on machines that are not shared."""
IDLE_SECONDS = 300.0
"""Seconds of AWS's time after which an idle process is ended."""
CONCURRENCY = 96
"""Requests at a time of all functions of an account and region without a reservation; AWS's quota is 1000. Fewer than the server has
threads (server.py), or functions that call the local AWS would wait for each other."""

_url = ""


def most() -> int:
    """Processes of one function version: 1 to 64, 4 when not set."""
    try:
        return min(64, max(1, int(os.environ.get(MOST, "4"))))
    except ValueError:
        return 4


def bind(url: str) -> None:
    """The local AWS answers at `url` from now on."""
    global _url
    _url = url


def url() -> str:
    """Where functions find the local AWS."""
    return _url

"""The beginning and the end of everything that functions have at work."""

from __future__ import annotations

from slipway.localaws import logwriter
from slipway.localaws.functions import asynchronous, pool


def forget() -> None:
    """Drop events that wait, end every process. Called without the lock."""
    asynchronous.forget()
    pool.forget()
    logwriter.flush()

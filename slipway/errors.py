"""The few named errors. Every message says what is wrong, where, and what to do."""

from __future__ import annotations

from typing import Any


class SlipwayError(Exception):
    """An operation failed or found something: exit code 1.

    `fix` is the sentence that says what to do; `details` is what `--json` shows beside the message.
    """

    exit_code = 1

    def __init__(self, message: str, *, fix: str = "", details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.details = details or {}


class InputError(SlipwayError):
    """Bad input or usage: exit code 2. Raised before anything is written or called."""

    exit_code = 2

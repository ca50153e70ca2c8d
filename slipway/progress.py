"""How long work tells where it is. Libraries report; only `slipway.cli` prints."""

from __future__ import annotations

from typing import Protocol


class Reporter(Protocol):
    """Receives progress of one piece of work. `scope` names the stack or the part, such as `dev-shared`."""

    def step(self, scope: str, text: str) -> None:
        """A new phase has begun, such as `plan`."""

    def info(self, scope: str, text: str) -> None:
        """Something worth a line, such as a finished resource."""

    def waiting(self, scope: str, text: str) -> None:
        """What is being waited for right now; replaces the previous wait of that scope. Empty: nothing."""


class Silent:
    """A reporter that drops everything."""

    def step(self, scope: str, text: str) -> None: ...

    def info(self, scope: str, text: str) -> None: ...

    def waiting(self, scope: str, text: str) -> None: ...

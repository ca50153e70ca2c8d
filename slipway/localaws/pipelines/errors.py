"""How a step fails."""

from __future__ import annotations


class StepFailed(Exception):
    """`reason` is the step's FailureReason. `kind`: the exception type by which a retry policy knows it, empty for none."""

    def __init__(self, reason: str, kind: str = "") -> None:
        super().__init__(reason)
        self.reason = reason[:1024]
        self.kind = kind


class StepStopped(Exception):
    """The execution is being stopped."""

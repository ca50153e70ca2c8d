"""What can go wrong with hosting."""

from __future__ import annotations


class Unavailable(Exception):
    """The endpoint exists but cannot answer now.

    `simulated`: no container will ever run for it. `temporary`: it is in service, but none of its instances is up at the moment.
    """

    def __init__(self, reason: str, *, simulated: bool = False, temporary: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.simulated = simulated
        self.temporary = temporary


class HostingFailed(Exception):
    """Containers that cannot be made to run. `reason` is SageMaker's FailureReason; `log` are lines for the endpoint's logs."""

    def __init__(self, reason: str, log: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.log = log


class ModelNotLoaded(Exception):
    """A model of a multi-model endpoint that cannot be had. `status` is the HTTP status that InvokeEndpoint gives for it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Stopped(Exception):
    """The local AWS is being emptied or stopped: whatever is under way ends."""

"""What can end a job."""

from __future__ import annotations


class JobFailed(Exception):
    """The job fails; `reason` is SageMaker's FailureReason, which begins with ClientError, AlgorithmError or InternalServerError."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason[:1024]


class Cancelled(Exception):
    """The local AWS is being emptied: the job ends without a trace."""

"""Retry policies of steps.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from slipway.localaws.clock import real_seconds
from slipway.localaws.pipelines.definition import Node
from slipway.localaws.pipelines.errors import StepFailed

DEFAULT_INTERVAL, DEFAULT_BACKOFF, DEFAULT_ATTEMPTS = 1, 2.0, 5


@dataclass
class Retries:
    """Counts how often each policy of a step was used."""

    node: Node
    _used: dict[int, int] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)

    def wait_for(self, failed: StepFailed) -> float | None:
        """Real seconds until the next attempt; None when there is none."""
        for number, policy in enumerate(self.node.step.get("RetryPolicies", [])):
            if failed.kind and failed.kind in policy.get("ExceptionType", []):
                return self._next(number, policy)
        return None

    def _next(self, number: int, policy: dict[str, Any]) -> float | None:
        used = self._used.get(number, 0)
        if used >= policy.get("MaxAttempts", DEFAULT_ATTEMPTS) and "ExpireAfterMin" not in policy:
            return None
        if "ExpireAfterMin" in policy and time.monotonic() - self._began > real_seconds(60 * policy["ExpireAfterMin"]):
            return None
        self._used[number] = used + 1
        return real_seconds(policy.get("IntervalSeconds", DEFAULT_INTERVAL) * policy.get("BackoffRate", DEFAULT_BACKOFF) ** used)

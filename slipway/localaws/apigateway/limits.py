"""API keys, usage plans, and token buckets: who may send how much."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from slipway.localaws.apigateway.exchange import Exchange
from slipway.localaws.apigateway.faults import GatewayFault

ACCOUNT_RATE, ACCOUNT_BURST = 10_000.0, 5_000
"""Requests per second, and at once, of an account in a region (API Gateway quotas)."""
_guard = threading.Lock()


@dataclass
class Bucket:
    """`burst` tokens at most, filled at `rate` a second. Not thread-safe: used under the guard."""

    tokens: float
    filled: float

    def take(self, rate: float, burst: float) -> bool:
        """Whether there was a token."""
        now = time.monotonic()
        self.tokens = min(burst, self.tokens + (now - self.filled) * rate)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def throttle(owner: Any, name: str, rate: float | None, burst: float | None) -> None:
    """Take a token of a bucket that hangs on one of moto's objects. Raises GatewayFault. Negative or missing limits do not limit."""
    if rate is None or burst is None or rate < 0 or burst < 0:
        return
    with _guard:
        buckets: dict[str, Bucket] = owner.__dict__.setdefault("slipway_buckets", {})
        bucket = buckets.setdefault(name, Bucket(float(burst), time.monotonic()))
        if not bucket.take(float(rate), float(burst)):
            raise GatewayFault("THROTTLED")


def use_key(exchange: Exchange, backend: Any, api: str, stage: str, route: str, source: str) -> None:
    """Find the request's API key in a usage plan of the stage and charge it. Raises GatewayFault.

    `route`: such as `/endpoints/wine/POST`, under which a plan may have limits of its own.
    """
    value = exchange.header("x-api-key") if source == "HEADER" else None
    key = next((one for one in list(backend.keys.values()) if value and one.value == value), None)
    if key is None or not _enabled(key):
        raise GatewayFault("INVALID_API_KEY")
    exchange.context |= {"identity.apiKeyId": key.id, "identity.apiKey": key.value}
    for plan in list(backend.usage_plans.values()):
        stages = [one for one in plan.api_stages if (one.get("apiId"), one.get("stage")) == (api, stage)]
        if stages and key.id in backend.usage_plan_keys.get(plan.id, {}):
            limits = {**(plan.throttle or {}), **((stages[0].get("throttle") or {}).get(route) or {})}
            throttle(plan, f"{key.id} {route if stages[0].get('throttle') else ''}", limits.get("rateLimit"), limits.get("burstLimit"))
            _charge(plan, key.id)
            return
    raise GatewayFault("INVALID_API_KEY")


def _enabled(key: Any) -> bool:
    return key.enabled is True or str(key.enabled).lower() == "true"


def _charge(plan: Any, key_id: str) -> None:
    """Count a request against the plan's quota. Raises GatewayFault."""
    if not plan.quota or not plan.quota.get("limit"):
        return
    period = _period(str(plan.quota.get("period", "DAY")))
    with _guard:
        used: dict[tuple[str, str], int] = plan.__dict__.setdefault("slipway_used", {})
        first = not any(key == key_id for key, _ in used)
        count = used.get((key_id, period), int(plan.quota.get("offset") or 0) if first else 0)
        if count >= int(plan.quota["limit"]):
            raise GatewayFault("QUOTA_EXCEEDED")
        used[(key_id, period)] = count + 1


def _period(kind: str) -> str:
    """The first day (UTC) of the period that it is."""
    today = datetime.now(timezone.utc).date()
    if kind == "MONTH":
        return today.replace(day=1).isoformat()
    return (today - timedelta(days=today.weekday()) if kind == "WEEK" else today).isoformat()

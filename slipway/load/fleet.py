"""How many instances of which variant answer the load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slipway.errors import InputError, SlipwayError

if TYPE_CHECKING:
    from slipway.artifacts.account import Account


@dataclass(frozen=True)
class Fleet:
    """One variant: its instances in service, and its share (0 to 1) of the requests."""

    variant: str
    instances: int
    share: float

    def per_instance(self, rate: float) -> float:
        """Requests per second of one instance when the endpoint gets `rate`."""
        return rate * self.share / self.instances


def fleet(account: Account, endpoint: str, variant: str) -> Fleet:
    """The variant that a load test measures: the named one, which then gets every request, else the only one with traffic.

    InputError when several have traffic, or when it has no instances to count (serverless).
    """
    described: dict[str, Any] = account.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    found = {item["VariantName"]: item for item in described.get("ProductionVariants", ())}
    weights = {name: float(item.get("CurrentWeight", 1.0)) for name, item in found.items()}
    busy = [name for name, weight in weights.items() if weight > 0]
    if variant and variant not in found:
        raise InputError(f"endpoint {endpoint} has no variant {variant}", fix=f"variants there: {', '.join(sorted(found))}")
    if not variant and len(busy) != 1:
        text = f"endpoint {endpoint} splits its traffic between {', '.join(sorted(busy))}: one target cannot be derived"
        raise InputError(text, fix="name one with --variant; it then gets every request")
    chosen = variant or busy[0]
    instances = found[chosen].get("CurrentInstanceCount")
    if found[chosen].get("CurrentServerlessConfig") or instances is None:
        raise InputError(f"variant {chosen} of {endpoint} is serverless: it has no instances to scale by", fix="leave out --write-target")
    if not instances:
        raise SlipwayError(f"variant {chosen} of {endpoint} has no instance in service", fix="scale it up first")
    return Fleet(chosen, int(instances), 1.0)


def require_same(before: Fleet, after: Fleet) -> None:
    """SlipwayError when the number of instances changed while it was measured: the rate per instance would be a guess."""
    if before.instances != after.instances:
        text = f"{before.variant} went from {before.instances} to {after.instances} instances during the search: no target was written"
        raise SlipwayError(text, fix="suspend its scaling while you measure: autoscaling.<variant>.suspended_state")

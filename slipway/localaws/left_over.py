"""What is left in an account of a running local AWS, as a client asks for it."""

from __future__ import annotations

from slipway.localaws.record import get_json


def left_over(url: str, account_id: str) -> list[str]:
    """`service.kind: count` of everything that is left in an account. Raises OSError when the local AWS cannot be reached."""
    accounts = get_json(f"{url}/_slipway/inventory?account={account_id}")["accounts"]
    services = accounts.get(account_id, {}).get("services", {})
    return sorted(f"{service}.{kind}: {count}" for service, kinds in services.items() for kind, count in kinds.items() if count)

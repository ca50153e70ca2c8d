"""What deploying and planning the load test stack calls: load testers: functions, topic. Pure: loads no toolkit."""

from __future__ import annotations

from modules._shared.naming import Naming
from modules.identity.access import Access


def load_test(naming: Naming) -> list[Access]:
    """Rows of the load test stack."""
    return []

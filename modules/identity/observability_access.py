"""What deploying and planning the observability stack calls: dashboards, alarms, saved queries, topics. Pure: loads no toolkit."""

from __future__ import annotations

from modules._shared.naming import Naming
from modules.identity.access import Access


def observability(naming: Naming) -> list[Access]:
    """Rows of the observability stack."""
    return []

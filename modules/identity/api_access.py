"""What deploying and planning the api stack calls: API Gateway, Lambda, WAF. Pure: loads no toolkit."""

from __future__ import annotations

from modules._shared.naming import Naming
from modules.identity.access import Access


def api(naming: Naming) -> list[Access]:
    """Rows of the api stack."""
    return []

"""What deploying and planning the network stack calls: VPC, subnets, security groups, VPC endpoints, flow logs. Pure: loads no toolkit."""

from __future__ import annotations

from modules._shared.naming import Naming
from modules.identity.access import Access


def network(naming: Naming) -> list[Access]:
    """Rows of the network stack."""
    return []

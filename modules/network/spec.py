"""Options of the VPC that models join."""

from __future__ import annotations

from modules._shared.spec import Spec


class NetworkSpec(Spec):
    """Options of the VPC that models join."""

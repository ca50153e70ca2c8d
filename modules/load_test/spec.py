"""Options of load testers that run in Lambda."""

from __future__ import annotations

from modules._shared.spec import Spec


class LoadTestSpec(Spec):
    """Options of load testers that run in Lambda."""

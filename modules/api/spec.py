"""Options of the API front door."""

from __future__ import annotations

from modules._shared.spec import Spec


class ApiSpec(Spec):
    """Options of the API front door."""

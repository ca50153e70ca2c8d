"""Options of SNS topics of alarms, one for each severity."""

from __future__ import annotations

from modules._shared.spec import Spec


class NotificationsSpec(Spec):
    """Options of SNS topics of alarms, one for each severity."""

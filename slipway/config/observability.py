"""The `observability` block: dashboard, alarms and queries of an environment."""

from __future__ import annotations

from modules._shared.spec import Spec


class ObservabilitySpec(Spec):
    """What is watched, and from which value on somebody is told."""

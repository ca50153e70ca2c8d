"""Options of the dashboard."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from modules._shared.alarm import PERCENTILE
from modules._shared.naming import Naming
from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec

_Percentile = Annotated[str, Field(pattern=PERCENTILE)]


def dashboard_name(naming: Naming, page: int = 1) -> str:
    """Name of the environment's dashboard; what does not fit on one goes on pages `...-2`, `...-3`."""
    return naming.name() if page == 1 else naming.name(str(page))


class DashboardSpec(Spec):
    """What the dashboard shows, and how far back."""

    period: Literal[60, 300, 900, 3600] = Field(60, description="Seconds that one point of a graph stands for: 60, 300, 900 or 3600.")
    start: str = Field(
        "-PT3H",
        pattern=r"^-P(T[1-9][0-9]?[MH]|[1-9][0-9]?[DW])$",
        description="Time range it opens with, such as -PT3H or -P7D.",
    )
    percentiles: Annotated[tuple[_Percentile, ...], Field(strict=False), AtLeast(1)] = Field(
        ("p50", "p90", "p99"), description="Percentiles of latencies."
    )
    cost_drivers: bool = Field(True, description="Instance hours, function GB-seconds, task hours, logs and captured data.")

"""Widgets onto pages of 24 columns, within CloudWatch's limits for one dashboard. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from modules.dashboard.widgets import Widget

COLUMNS = 24
MAX_WIDGETS = 500
"""Widgets on one dashboard (CloudWatch service quotas)."""
MAX_METRICS_OF_WIDGET = 500
"""Metrics in one widget."""
MAX_METRICS = 2500
"""Metrics in all widgets of one dashboard."""

Block = Sequence[Widget]
"""Widgets that stay together on a page, such as those of one endpoint."""


def pages(blocks: Iterable[Block]) -> list[list[Block]]:
    """As few pages as there can be in the given order. Raises ValueError for a block that fits on no page."""
    found: list[list[Block]] = [[]]
    widgets = metrics = 0
    for block in blocks:
        count, total = len(block), sum(widget.metrics for widget in block)
        if count > MAX_WIDGETS or total > MAX_METRICS or any(widget.metrics > MAX_METRICS_OF_WIDGET for widget in block):
            raise ValueError(f"{count} widgets with {total} metrics that belong together are more than a dashboard takes")
        if widgets + count > MAX_WIDGETS or metrics + total > MAX_METRICS:
            found.append([])
            widgets = metrics = 0
        found[-1].append(block)
        widgets, metrics = widgets + count, metrics + total
    return found


def body(blocks: Iterable[Block], start: str) -> str:
    """The dashboard body of one page: compact JSON, the same on every run. `start` is the time range, such as -PT3H."""
    widgets: list[dict[str, Any]] = []
    top = 0
    for block in blocks:
        placed, top = _placed(block, top)
        widgets += placed
    return json.dumps({"start": start, "periodOverride": "inherit", "widgets": widgets}, sort_keys=True, separators=(",", ":"))


def _placed(block: Block, top: int) -> tuple[list[dict[str, Any]], int]:
    """The widgets of a block from left to right, line by line; the row below them."""
    found, x, line = [], 0, 0
    for widget in block:
        if x + widget.width > COLUMNS:
            x, top, line = 0, top + line, 0
        place = {"x": x, "y": top, "width": widget.width, "height": widget.height}
        found.append({"type": widget.kind, **place, "properties": dict(widget.properties)})
        x, line = x + widget.width, max(line, widget.height)
    return found, top + line

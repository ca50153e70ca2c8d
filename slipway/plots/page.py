"""What a page of plots consists of, and `render`, which makes one self-contained HTML file of it.

A page needs no network and no server: uPlot and the data are inside. The same page gives the same bytes. Every chart can be
hovered, zoomed (drag; double click goes back) and its series switched off in the legend; its values stand below it as a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Axis = Literal["left", "right"]
Tone = Literal["", "good", "warning", "bad"]
COLUMNS = 24
"""Columns of the page's grid, as of a CloudWatch dashboard. Below 900 px of width every block takes the whole width."""


@dataclass(frozen=True)
class Series:
    """One line. `x` rises; for times it is seconds since 1970 (UTC). A None in `y` is a gap. `color`: `#rrggbb`, else the theme's."""

    label: str
    x: Sequence[float]
    y: Sequence[float | None]
    axis: Axis = "left"
    color: str = ""
    fill: bool = False

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"series {self.label}: {len(self.x)} x and {len(self.y)} y")


@dataclass(frozen=True)
class Threshold:
    """A horizontal line at `value` of an axis. `fill` shades what is beyond it."""

    value: float
    label: str = ""
    axis: Axis = "left"
    color: str = ""
    fill: Literal["", "above", "below"] = ""


@dataclass(frozen=True)
class Marker:
    """A vertical line at `x`, such as the moment of a deployment."""

    x: float
    label: str = ""
    color: str = ""


@dataclass(frozen=True)
class Chart:
    """Series over one x axis.

    `x_kind`: `time` (seconds since 1970), `number`, `log`, or `percentile` (x in 0..100, spread as 1/(1-p), so that 99, 99.9 and 99.99
    are equally far apart). `sums` adds each series' sum to the table of values: right for counts only. `low`, `high`: fixed ends of the
    left axis, `right_low`, `right_high` of the right one. `width` in columns of COLUMNS, `height` in CSS pixels.
    """

    title: str
    series: Sequence[Series]
    unit: str = ""
    x_kind: Literal["time", "number", "log", "percentile"] = "time"
    kind: Literal["line", "bar", "step"] = "line"
    thresholds: Sequence[Threshold] = ()
    markers: Sequence[Marker] = ()
    stacked: bool = False
    log_y: bool = False
    x_unit: str = ""
    right_unit: str = ""
    low: float | None = None
    high: float | None = None
    right_low: float | None = None
    right_high: float | None = None
    x_range: tuple[float, float] | None = None
    sums: bool = False
    note: str = ""
    width: int = 12
    height: int = 220


@dataclass(frozen=True)
class Table:
    """Rows of cells: text, numbers, or None for an empty one. `tones` colours rows, in their order."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float | int | None]]
    tones: Sequence[Tone] = ()
    width: int = COLUMNS


class Tile(NamedTuple):
    """One big value. `note` stands below it; `tone` colours it."""

    label: str
    value: str
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Tiles:
    """Big values side by side; a plain tuple (label, value, note) does as well as a Tile."""

    tiles: Sequence[Tile | tuple[str, str, str] | tuple[str, str]]
    title: str = ""
    width: int = COLUMNS


@dataclass(frozen=True)
class Bar:
    """One bar of Bars."""

    label: str
    value: float
    color: str = ""


@dataclass(frozen=True)
class Bars:
    """Horizontal bars, one for each value, from 0 (or `low`) to the largest (or `high`)."""

    title: str
    bars: Sequence[Bar]
    unit: str = ""
    low: float = 0.0
    high: float | None = None
    width: int = 12


@dataclass(frozen=True)
class Gauge:
    """One value between two ends; `thresholds` are marks on the arc. None: no data."""

    title: str
    value: float | None
    low: float = 0.0
    high: float = 100.0
    unit: str = ""
    thresholds: Sequence[Threshold] = ()
    width: int = 6


@dataclass(frozen=True)
class Text:
    """A paragraph or several. With `markdown`: headings, lists, tables, bold, code and links of CloudWatch's text widgets."""

    text: str
    markdown: bool = False
    width: int = COLUMNS


Block = Chart | Table | Tiles | Bars | Gauge | Text


@dataclass(frozen=True)
class Section:
    """A heading (none when empty) and what stands below it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Page:
    """The whole. `generated` says when and by what it was made, in the caller's words: `render` never looks at the clock."""

    title: str
    subtitle: str = ""
    sections: Sequence[Section] = ()
    generated: str = ""


def render(page: Page) -> str:
    """The page as one HTML document."""
    from slipway.plots.html import document

    return document(page)

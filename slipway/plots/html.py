"""The HTML document of a page: every block, the style, uPlot and the data, in one file that loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from functools import cache
from html import escape
from pathlib import Path

from slipway.plots.chart import chart_data, chart_html
from slipway.plots.markdown import to_html
from slipway.plots.numbers import NOTHING, number, with_unit
from slipway.plots.page import COLUMNS, Bars, Block, Chart, Gauge, Page, Section, Table, Text, Tile, Tiles

_FOLDER = Path(__file__).parent
_SCRIPTS = ("text", "data", "lines", "page")
"""Parts of the page's own script, in the order in which they use each other."""


def document(page: Page) -> str:
    """The page as one HTML document. Its Content-Security-Policy allows these two scripts and nothing from anywhere."""
    charts: list[Chart] = []
    body = "".join(_section(section, charts) for section in page.sections)
    data = json.dumps([chart_data(chart) for chart in charts], separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace(
        "<", "\\u003c"
    )
    scripts = [_asset("vendor/uPlot.iife.min.js"), _own_script()] if charts else []
    allowed = " ".join(map(_hash, scripts)) or "'none'"
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {allowed}"
    subtitle = f'<p class="subtitle">{escape(page.subtitle)}</p>' if page.subtitle else ""
    footer = f"<footer>{escape(page.generated)}</footer>" if page.generated else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(page.title)}</title>\n<style>\n{_asset('vendor/uPlot.min.css')}\n{_asset('assets/page.css')}</style>\n</head>\n"
        f"<body>\n<header><h1>{escape(page.title)}</h1>{subtitle}</header>\n<main>\n{body}</main>\n{footer}\n"
        + (f'<script type="application/json" id="data">{data}</script>\n' if charts else "")
        + "".join(f"<script>{script}</script>\n" for script in scripts)
        + "</body>\n</html>\n"
    )


@cache
def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _own_script() -> str:
    parts = "\n".join(_asset(f"assets/{name}.js") for name in _SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();'


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _section(section: Section, charts: list[Chart]) -> str:
    title = f"<h2>{escape(section.title)}</h2>" if section.title else ""
    blocks = "".join(_block(block, charts) for block in section.blocks)
    return f'<section>{title}<div class="grid">{blocks}</div></section>\n'


def _block(block: Block, charts: list[Chart]) -> str:
    if isinstance(block, Chart):
        inner = chart_html(block, len(charts))
        charts.append(block)
    elif isinstance(block, Table):
        inner = _table(block)
    elif isinstance(block, Tiles):
        inner = _tiles(block)
    elif isinstance(block, Bars):
        inner = _bars(block)
    elif isinstance(block, Gauge):
        inner = _gauge(block)
    else:
        inner = _text(block)
    kind = type(block).__name__.lower()
    return f'<div class="block {kind}" style="--width:{max(1, min(COLUMNS, block.width))}">{inner}</div>\n'


def _table(table: Table) -> str:
    numeric = [all(isinstance(row[i], (int, float)) or row[i] is None for row in table.rows) for i in range(len(table.columns))]
    head = "".join(f'<th scope="col"{_number_class(numeric[i])}>{escape(name)}</th>' for i, name in enumerate(table.columns))
    rows = []
    for position, row in enumerate(table.rows):
        tone = table.tones[position] if position < len(table.tones) else ""
        cells = "".join(f"<td{_number_class(numeric[i])}>{_cell(cell)}</td>" for i, cell in enumerate(row))
        rows.append(f'<tr class="{tone}">{cells}</tr>' if tone else f"<tr>{cells}</tr>")
    title = f"<h3>{escape(table.title)}</h3>" if table.title else ""
    return f'{title}<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _number_class(numeric: bool) -> str:
    return ' class="number"' if numeric else ""


def _cell(cell: str | float | int | None) -> str:
    if cell is None:
        return ""
    return escape(cell) if isinstance(cell, str) else f"{cell:,}" if isinstance(cell, int) else number(cell)


def _tiles(tiles: Tiles) -> str:
    title = f"<h3>{escape(tiles.title)}</h3>" if tiles.title else ""
    items = []
    for label, value, note, tone in (Tile(*tile) for tile in tiles.tiles):
        below = f'<span class="note">{escape(note)}</span>' if note else ""
        items.append(f'<li class="{tone}"><span class="label">{escape(label)}</span><span class="value">{escape(value)}</span>{below}</li>')
    return f'{title}<ul class="tiles">{"".join(items)}</ul>'


def _bars(bars: Bars) -> str:
    high = bars.high if bars.high is not None else max([bar.value for bar in bars.bars] or [0.0])
    spread = high - bars.low or 1.0
    rows = []
    for position, bar in enumerate(bars.bars):
        share = max(0.0, min(100.0, 100 * (bar.value - bars.low) / spread))
        color = escape(bar.color, quote=True) or f"var(--s{position % 10})"
        track = f'<span style="width:{share:.2f}%;background:{color}"></span>'
        value = escape(with_unit(bar.value, bars.unit))
        rows.append(
            f'<tr><th scope="row">{escape(bar.label)}</th><td class="track">{track}</td><td class="number">{value}</td></tr>',
        )
    body = f"<table>{''.join(rows)}</table>" if rows else '<p class="empty">no data</p>'
    return f"<h3>{escape(bars.title)}</h3>{body}"


def _gauge(gauge: Gauge) -> str:
    spread = gauge.high - gauge.low or 1.0
    share = 0.0 if gauge.value is None else max(0.0, min(1.0, (gauge.value - gauge.low) / spread))
    marks = "".join(
        _mark((mark.value - gauge.low) / spread, mark.color) for mark in gauge.thresholds if gauge.low <= mark.value <= gauge.high
    )
    x, y = _on_arc(share)
    arc = f'<path class="arc value" d="M 10 60 A 50 50 0 0 1 {x:.2f} {y:.2f}"/>' if share > 0 else ""
    value = escape(with_unit(gauge.value, gauge.unit)) if gauge.value is not None else NOTHING
    label = escape(f"{gauge.title}: {value} of {number(gauge.low)} to {number(gauge.high)}", quote=True)
    ends = f'<text x="10" y="74">{number(gauge.low)}</text><text x="110" y="74">{number(gauge.high)}</text>'
    return (
        f'<h3>{escape(gauge.title)}</h3><svg viewBox="0 0 120 78" role="img" aria-label="{label}">'
        f'<path class="arc" d="M 10 60 A 50 50 0 0 1 110 60"/>{arc}{marks}<text x="60" y="58" class="big">{value}</text>{ends}</svg>'
    )


def _on_arc(share: float, radius: float = 50.0) -> tuple[float, float]:
    angle = math.pi * (1 - share)
    return 60 + radius * math.cos(angle), 60 - radius * math.sin(angle)


def _mark(share: float, color: str) -> str:
    (x1, y1), (x2, y2) = _on_arc(share, 43), _on_arc(share, 57)
    style = f' style="stroke:{escape(color, quote=True)}"' if color else ""
    return f'<line class="mark" x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"{style}/>'


def _text(text: Text) -> str:
    if text.markdown:
        return to_html(text.text)
    return "".join(f"<p>{escape(part.strip())}</p>" for part in text.text.split("\n\n") if part.strip())

"""The architecture picture: an SVG drawn from an environment's synthesized documents, so it cannot drift from the code."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

_COLUMN, _GAP, _LINE, _PAD = 300, 56, 17, 12
_INK, _SOFT, _PAPER = "#1f2933", "#52606d", "#ffffff"
_FILLS = {"state": "#e0e8f9", "shared": "#e3f8ff", "serving": "#e3f9e5"}


def architecture_svg(folders: Sequence[Path], title: str) -> str:
    """One column per stack in the order they are applied, one box per module in it, arrows for remote state."""
    columns = [_Column(folder) for folder in folders]
    height = max(column.height for column in columns) + 150
    width = len(columns) * (_COLUMN + _GAP) + 40
    body = [_text(24, 34, title, 18, weight="600"), _text(24, 56, _SUBTITLE, 12, _SOFT)]
    for index, column in enumerate(columns):
        body += column.draw(24 + index * (_COLUMN + _GAP), 84)
    positions = {column.name: 24 + index * (_COLUMN + _GAP) for index, column in enumerate(columns)}
    for column in columns:
        for source in column.reads:
            if source in positions:
                body.append(_arrow(positions[source] + _COLUMN, positions[column.name], 100))
    body.append(_text(24, height - 26, _FOOTER, 12, _SOFT))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" role="img">',
            f"<title>{escape(title)}</title>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            f'<path d="M0 0 L8 4 L0 8 z" fill="{_SOFT}"/></marker></defs>',
            f'<rect width="{width}" height="{height}" fill="{_PAPER}"/>',
            *body,
            "</svg>",
            "",
        ]
    )


_SUBTITLE = "environments/<env>.yaml + <env>.lock.yaml  →  slipway.config  →  slipway.stacks  →  modules  →  cdk.tf.json"
_FOOTER = "Arrows: values read through remote state. Every stack keeps its state in the bucket of the state stack and locks with its table."


class _Column:
    """One stack: its modules and how many resources of which type each holds."""

    def __init__(self, folder: Path) -> None:
        document = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))
        self.name = folder.name.partition("-")[2]
        self.stack = folder.name
        self.modules: dict[str, Counter[str]] = {}
        for kind, resources in document.get("resource", {}).items():
            for body in resources.values():
                parts = body["//"]["metadata"]["path"].split("/")
                self.modules.setdefault(parts[1], Counter())[kind.removeprefix("aws_")] += 1
        self.modules = {module: _collapsed(kinds) for module, kinds in self.modules.items()}
        self.reads = sorted(document.get("data", {}).get("terraform_remote_state", {}))

    @property
    def height(self) -> int:
        return 44 + sum(self._box_height(kinds) + 10 for kinds in self.modules.values())

    @staticmethod
    def _box_height(kinds: Counter[str]) -> int:
        return _PAD * 2 + _LINE * (len(kinds) + 1) - 4

    def draw(self, x: int, y: int) -> list[str]:
        parts = [
            f'<rect x="{x}" y="{y}" width="{_COLUMN}" height="{self.height}" rx="8" fill="{_FILLS.get(self.name, "#f5f7fa")}"/>',
            _text(x + 14, y + 26, self.stack, 15, weight="600"),
        ]
        y += 40
        for module, kinds in sorted(self.modules.items()):
            height = self._box_height(kinds)
            parts.append(f'<rect x="{x + 12}" y="{y}" width="{_COLUMN - 24}" height="{height}" rx="6" fill="{_PAPER}" stroke="#9aa5b1"/>')
            parts.append(_text(x + 24, y + _PAD + 10, module, 13, weight="600"))
            for line, (kind, count) in enumerate(sorted(kinds.items()), start=1):
                label = kind if count == 1 else f"{kind} × {count}"
                parts.append(_text(x + 24, y + _PAD + 10 + line * _LINE, label, 12, _SOFT))
            y += height + 10
        return parts


def _collapsed(kinds: Counter[str]) -> Counter[str]:
    """`s3_bucket` and its seven `s3_bucket_...` settings become two lines."""
    found: Counter[str] = Counter()
    for kind, count in kinds.items():
        owner = next((other for other in kinds if kind.startswith(f"{other}_")), None)
        found[kind if owner is None else f"{owner}_…"] += count
    return found


def _text(x: int, y: int, content: str, size: int, fill: str = _INK, weight: str = "400") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{fill}">{escape(content)}</text>'


def _arrow(start: int, end: int, y: int) -> str:
    return f'<line x1="{start}" y1="{y}" x2="{end}" y2="{y}" stroke="{_SOFT}" stroke-width="2" marker-end="url(#tip)"/>'

"""The Markdown of CloudWatch's text widgets as HTML: headings, lists, tables, rules, code, bold, italics and links; HTML in it is text."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+(.*)")
_RULE = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,})\s*")
_DIVIDER = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_INLINE = re.compile(r"`([^`]+)`|\[([^\]]+)\]\(([^()\s]+)\)|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*")
_LINK = re.compile(r"https?://|#|/")


def to_html(text: str) -> str:
    """The text's blocks, one after the other. A `#` heading becomes an `h2`: the page's title is the `h1`."""
    lines, out, position = text.splitlines(), [], 0
    while position < len(lines):
        line = lines[position]
        if not line.strip():
            position += 1
        elif line.strip().startswith("```"):
            taken = _until(lines, position + 1, lambda one: one.strip().startswith("```"))
            out.append(f"<pre>{escape(chr(10).join(lines[position + 1 : taken]))}</pre>")
            position = taken + 1
        elif heading := _HEADING.match(line):
            level = min(6, len(heading[1]) + 1)
            out.append(f"<h{level}>{_inline(heading[2])}</h{level}>")
            position += 1
        elif _RULE.fullmatch(line):
            out.append("<hr>")
            position += 1
        else:
            html, position = _longer(lines, position)
            out.append(html)
    return "".join(out)


def _longer(lines: list[str], position: int) -> tuple[str, int]:
    """A list, a table or a paragraph, and where it ends."""
    line = lines[position]
    if _ITEM.match(line):
        end = _until(lines, position, lambda one: not _ITEM.match(one))
        tag = "ol" if line.strip()[0].isdigit() else "ul"
        items = "".join(f"<li>{_inline(found[1])}</li>" for one in lines[position:end] if (found := _ITEM.match(one)))
        return f"<{tag}>{items}</{tag}>", end
    if "|" in line and position + 1 < len(lines) and "-" in lines[position + 1] and _DIVIDER.fullmatch(lines[position + 1]):
        end = _until(lines, position + 2, lambda one: "|" not in one)
        head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in _cells(line))
        rows = "".join("<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in _cells(one)) + "</tr>" for one in lines[position + 2 : end])
        return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>', end
    end = _until(lines, position + 1, lambda one: not one.strip() or bool(_HEADING.match(one) or _ITEM.match(one) or _RULE.fullmatch(one)))
    return f"<p>{_inline(' '.join(one.strip() for one in lines[position:end]))}</p>", end


def _until(lines: list[str], start: int, ends: Callable[[str], bool]) -> int:
    return next((i for i in range(start, len(lines)) if ends(lines[i])), len(lines))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _inline(text: str) -> str:
    out, end = [], 0
    for found in _INLINE.finditer(text):
        out.append(escape(text[end : found.start()]))
        out.append(_marked(found))
        end = found.end()
    return "".join(out) + escape(text[end:])


def _marked(found: re.Match[str]) -> str:
    code, label, address, bold, under, italic = found.groups()
    if code:
        return f"<code>{escape(code)}</code>"
    if label:
        return f'<a href="{escape(address, quote=True)}">{escape(label)}</a>' if _LINK.match(address) else escape(found[0])
    return f"<em>{escape(italic)}</em>" if italic else f"<strong>{escape(bold or under)}</strong>"

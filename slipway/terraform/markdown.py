"""The plan review as a page for a pull-request comment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from slipway.terraform.plan_values import Difference
from slipway.terraform.review import Change, Review, StackReview

LIMIT = 65_536
"""Characters GitHub accepts in one comment. The page keeps its UTF-8 bytes below it, too."""
_COLUMNS = ("create", "update", "replace", "destroy", "read")
_ORDER = ("destroy", "replace", "update", "import", "forget", "create", "read")
_RESERVE = 400
_SIGNS = {"create": "+", "update": "~", "replace": "±", "destroy": "-", "read": "<=", "import": "->", "forget": "x"}


def render(review: Review, limit: int = LIMIT) -> str:
    """GitHub-flavoured markdown of at most `limit` characters and bytes.

    What matters comes first: the table, call-outs, capacity; then every change, destroys before creates. Lines that do not
    fit are left out and counted. The first line is a marker by which a workflow finds its own comment.
    """
    head = "\n".join(_head(review)) + "\n"
    budget = limit - _RESERVE - _size(head)
    kept: list[str] = []
    lines = [*_call_outs(review), *_details(review)]
    for line in lines:
        budget -= _size(line) + 1
        if budget < 0:
            break
        kept.append(line)
    left_out = sum(_is_change(line) for line in lines[len(kept) :])
    if len(kept) < len(lines):
        kept += ["</details>"] if _open_details(kept) else []
        kept += ["", f"**Truncated:** {left_out} more changes do not fit; `slipway plan {review.environment}` shows them all."]
    return head + "\n".join(kept) + "\n"


def _head(review: Review) -> Iterator[str]:
    yield f"<!-- slipway-plan:{review.environment} -->"
    yield f"## Plan for `{review.environment}`"
    yield ""
    if review.empty:
        yield "No changes: what runs is what is configured."
        yield ""
    yield "| stack | " + " | ".join(_COLUMNS) + " |"
    yield "|---|" + "---:|" * len(_COLUMNS)
    for stack in review.stacks:
        yield f"| `{stack.stack}` | " + " | ".join(str(stack.count(action) or "") for action in _COLUMNS) + " |"


def _call_outs(review: Review) -> Iterator[str]:
    if review.stopped:
        yield from ("", "> [!NOTE]", "> Stopped on purpose:")
        yield from (f"> - {line}" for line in review.stopped)
    called = review.call_outs()
    if called:
        yield from ("", "> [!CAUTION]", "> Stateful or serving resources would be destroyed or replaced:")
        yield from (f"> - {code(change.address)} ({change.kind}): **{change.action}**{_because(change)}" for _, change in called)
    capacity = [line for stack in review.stacks for line in stack.capacity]
    if capacity:
        yield from ("", "> [!WARNING]", "> Less capacity than now:")
        yield from (f"> - {code(line)}" for line in capacity)
    drift = [f"{stack.stack}: {address}" for stack in review.stacks for address in stack.drift]
    if drift:
        yield from ("", f"Changed outside Terraform since the last apply: {', '.join(map(code, drift[:20]))}")


def _details(review: Review) -> Iterator[str]:
    for stack in review.stacks:
        shown = [change for change in stack.changes if change.action != "no-op"]
        if stack.note:
            yield from ("", f"{code(stack.stack)}: {stack.note}")
        if not shown and not stack.outputs:
            continue
        yield from ("", f"<details><summary><code>{stack.stack}</code>: {summary(stack)}</summary>", "")
        for change in sorted(shown, key=lambda item: (_ORDER.index(item.action), item.address)):
            yield from _change_lines(change)
        if stack.outputs:
            yield f"- outputs: {', '.join(map(code, stack.outputs))}"
        yield from ("", "</details>")


def _change_lines(change: Change) -> Iterator[str]:
    yield f"- {code(_SIGNS[change.action])} {code(change.address)} {change.action}{_because(change)}"
    forced = {item.attribute for item in change.causes}
    others = [item for item in change.differences if item.attribute not in forced]
    yield from (f"  - {_arrow(item)}" for item in others[:12])
    if len(others) > 12:
        yield f"  - and {len(others) - 12} more attributes"


def _because(change: Change) -> str:
    reasons = [_arrow(item) for item in change.causes] or ([change.reason] if change.reason else [])
    return f" because of {'; '.join(reasons)}" if reasons else ""


def _arrow(item: Difference) -> str:
    return f"{code(item.attribute)}: {code(item.before)} → {code(item.after)}"


def summary(stack: StackReview) -> str:
    """`2 create, 1 replace`, or `no changes`; output changes are counted too."""
    parts = [f"{stack.count(action)} {action}" for action in _ORDER if stack.count(action)]
    parts += [f"{len(stack.outputs)} outputs"] if stack.outputs else []
    return ", ".join(parts) or stack.note or "no changes"


def code(text: str) -> str:
    """Inline code that nothing in `text` can break out of: no backtick, no pipe, no line break."""
    return "`" + re.sub(r"\s+", " ", text).replace("`", "'").replace("|", "¦") + "`"


def _size(text: str) -> int:
    return len(text.encode("utf-8"))


def _is_change(line: str) -> bool:
    return line.startswith(("- `", "> - `"))


def _open_details(lines: Iterable[str]) -> bool:
    text = "\n".join(lines)
    return text.count("<details>") > text.count("</details>")

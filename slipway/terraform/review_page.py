"""The review of a plan as one HTML page that loads nothing: what an approver opens."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.plots.page import Block, Page, Section, Table, Text, Tile, Tiles, Tone, render
from slipway.terraform.markdown import summary
from slipway.terraform.review import Change, Review, StackReview

_TONES: dict[str, Tone] = {"create": "good", "update": "warning", "replace": "bad", "destroy": "bad"}
_MOST_ATTRIBUTES = 12


def review_page(review: Review, facts: Mapping[str, str], generated: str = "") -> str:
    """The page. `facts` stand at its top (commit, who planned, the plan's checksum); `generated` at its foot."""
    sections = [Section("", [Tiles([Tile(label, value) for label, value in facts.items()]), _counts(review)])]
    called = review.call_outs()
    if called:
        rows = [[stack.stack, change.address, change.kind, change.action, _cause(change)] for stack, change in called]
        columns = ("stack", "resource", "kind", "action", "because of")
        sections.append(Section("Stateful or serving resources are destroyed or replaced", [Table("", columns, rows, ["bad"] * len(rows))]))
    sections += [Section(f"{stack.stack}: {summary(stack)}", blocks) for stack in review.stacks if (blocks := _stack(stack))]
    subtitle = "Nothing changes: what runs is what is configured." if review.empty else "What applying would do."
    return render(Page(f"Plan for {review.environment}", subtitle, sections, generated))


def _counts(review: Review) -> Table:
    actions = ("create", "update", "replace", "destroy")
    rows: list[list[str | float | int | None]] = [
        [stack.stack, *(stack.count(action) or None for action in actions), stack.note or stack.digest[:12]] for stack in review.stacks
    ]
    return Table("Stacks, in the order they are applied", ("stack", *actions, "checksum"), rows)


def _stack(stack: StackReview) -> list[Block]:
    blocks: list[Block] = [Text(f"Not planned: it {stack.note}.")] if stack.note else []
    if stack.capacity:
        blocks.append(Text("Less capacity than now:\n" + "\n".join(f"- {line}" for line in stack.capacity), markdown=True))
    if stack.drift:
        blocks.append(Text(f"Changed outside Terraform since the last apply: {', '.join(stack.drift)}"))
    shown = [change for change in stack.changes if change.action != "no-op"]
    if shown:
        rows = [[change.action, change.address, _attributes(change)] for change in shown]
        blocks.append(Table("", ("action", "resource", "what changes"), rows, [_TONES.get(change.action, "") for change in shown]))
    if stack.outputs:
        blocks.append(Text(f"Outputs: {', '.join(stack.outputs)}"))
    return blocks


def _cause(change: Change) -> str:
    return "; ".join(f"{item.attribute}: {item.before} → {item.after}" for item in change.causes) or change.reason


def _attributes(change: Change) -> str:
    forced = {item.attribute for item in change.causes}
    others = [item for item in change.differences if item.attribute not in forced]
    lines = [f"because of {_cause(change)}"] if _cause(change) else []
    lines += [f"{item.attribute}: {item.before} → {item.after}" for item in others[:_MOST_ATTRIBUTES]]
    lines += [f"and {len(others) - _MOST_ATTRIBUTES} more attributes"] if len(others) > _MOST_ATTRIBUTES else []
    return "; ".join(lines)

"""What is wrong in a configuration file: one `Problem` per finding, all of them raised together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.config.nodes import Path, Position, show_path
from slipway.errors import InputError

CROSS_FIELD = "cross_field"
"""Type of the pydantic error that stands for broken rules between parts; `checks` reports them one by one."""


@dataclass(frozen=True)
class Problem:
    """One finding: where it is written, the option's path, and what is wrong (with what would be right)."""

    position: Position
    path: Path
    text: str

    def __str__(self) -> str:
        where = show_path(self.path)
        return f"{self.position} {where}: {self.text}" if where else f"{self.position} {self.text}"

    def as_dict(self) -> dict[str, Any]:
        """The finding for `--json`."""
        return {**self.position._asdict(), "path": show_path(self.path), "message": self.text}


class ConfigErrors(InputError):
    """Every problem of an environment's files. Exit code 2; nothing has been written or called."""

    def __init__(self, subject: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(unique(problems))
        count = "1 error" if len(self.problems) == 1 else f"{len(self.problems)} errors"
        lines = "\n".join(str(problem) for problem in self.problems)
        super().__init__(f"{subject}: {count}\n{lines}", details={"errors": [p.as_dict() for p in self.problems]})


def unique(problems: Iterable[Problem]) -> list[Problem]:
    """In file order, one problem per place and text: an anchor used fifty times is wrong once."""
    seen: dict[tuple[Position, str], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.position, problem.text), problem)
    return sorted(seen.values(), key=lambda problem: problem.position)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` most likely was meant to be."""
    near = difflib.get_close_matches(name, sorted(set(known)), n=1, cutoff=0.6)
    return near[0] if near else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean x?`, else the known names, else nothing when there are none."""
    names = sorted(set(known))
    near = nearest(name, names)
    if near:
        return f"; did you mean {near}?"
    return f"; known: {listing(names)}" if names else ""


def listing(names: Sequence[str], limit: int = 12) -> str:
    """The names, comma separated, cut after `limit`."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more

"""The limits of the hosting kinds, as `limits.yaml` keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("limits.yaml")


@dataclass(frozen=True)
class Kind:
    """One hosting kind. `payload_mb`, `memory_gib` None: no limit of that sort. `links`: AWS's page for each number."""

    name: str
    title: str
    payload_mb: int | None
    timeout_in_seconds: int
    answers: str
    scales_to_zero: bool
    cold_start: str
    gpu: bool
    memory_gib: int | None
    billed: str
    links: Mapping[str, str]

    @property
    def synchronous(self) -> bool:
        """Whether the caller gets the answer on its own request."""
        return self.answers == "at once"

    @property
    def cold(self) -> bool:
        """Whether a request may find nothing running."""
        return self.cold_start != "none"


@dataclass(frozen=True)
class Limits:
    """All kinds in the order of the file, what the API in front of them takes, and when AWS's pages were read."""

    date: str
    kinds: tuple[Kind, ...]
    api_payload_mb: int
    api_timeout_in_seconds: int


@cache
def load() -> Limits:
    """Read the file that is shipped."""
    from ruamel.yaml import YAML

    data: Any = YAML(typ="safe", pure=True).load(_FILE.read_text(encoding="utf-8"))
    kinds = tuple(Kind(name=name, **values) for name, values in data["kinds"].items())
    return Limits(data["date"], kinds, data["api"]["payload_mb"], data["api"]["timeout_in_seconds"])


def table(limits: Limits) -> str:
    """The decision table as markdown."""
    head = ["`hosting.kind`", "largest request", "longest answer", "answers", "scales to zero", "cold start", "GPU", "memory", "billed by"]
    rows = [_row(kind) for kind in limits.kinds]
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    note = (
        f"Through the API of this platform a request has at most {limits.api_payload_mb} MB and {limits.api_timeout_in_seconds} s "
        f"(API Gateway's defaults). AWS's pages were read on {limits.date}; the numbers lead to them."
    )
    return "\n".join([*lines, "", note])


def _row(kind: Kind) -> list[str]:
    return [
        f"`{kind.name}`: {kind.title}",
        _linked(kind, "payload_mb", "no limit of its own" if kind.payload_mb is None else f"{kind.payload_mb:,} MB"),
        _linked(kind, "timeout_in_seconds", f"{kind.timeout_in_seconds:,} s"),
        kind.answers,
        _linked(kind, "scales_to_zero", "yes" if kind.scales_to_zero else "no"),
        kind.cold_start,
        _linked(kind, "gpu", "yes" if kind.gpu else "no"),
        _linked(kind, "memory_gib", "the instance's" if kind.memory_gib is None else f"{kind.memory_gib} GiB"),
        kind.billed,
    ]


def _linked(kind: Kind, key: str, text: str) -> str:
    return f"[{text}]({kind.links[key]})" if key in kind.links else text

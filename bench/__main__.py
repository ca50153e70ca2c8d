"""`make bench`: run all cases (or those named) and print the table; exit 1 when a bar is missed."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from bench.cases import CASES, Row

FRONT, SERVING = "front", "serving"
NAMES = (*CASES, FRONT, SERVING)


def main() -> int:
    """Run, print, judge."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("cases", nargs="*", help=f"of: {', '.join(NAMES)}; default: all")
    parser.add_argument("--rounds", type=int, help="counted runs of each command (5), rounds of load in serving (3; 2 if quick)")
    parser.add_argument("--quick", action="store_true", help="serving: the classic layout and ours only, no peers")
    parser.add_argument("--peers", default="", help="serving: only peers whose name holds one of these words, such as granian,fastapi")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--markdown", action="store_true", help="print the table of docs/performance.md")
    output.add_argument("--json", action="store_true", help="print the rows as JSON")
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(NAMES):
        parser.error(f"unknown case {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}")
    progress = Console(stderr=True)
    rows: list[Row] = []
    for name in arguments.cases or NAMES:
        progress.print(f"measuring {name} ...")
        rows += _serving(arguments, progress) if name == SERVING else _case(name)(arguments.rounds or 5)
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    elif arguments.markdown:
        _markdown(rows)
    else:
        _table(rows)
    return 0 if all(row.met for row in rows) else 1


def _case(name: str) -> Callable[[int], list[Row]]:
    if name == FRONT:
        from bench.front import rows

        return rows
    return CASES[name]


def _serving(arguments: argparse.Namespace, progress: Console) -> list[Row]:
    from bench import serving, serving_rows

    peers = tuple(word.strip() for word in arguments.peers.split(",") if word.strip())
    options = serving.Options(arguments.rounds or (2 if arguments.quick else 3), arguments.quick, peers)
    return serving_rows.rows(serving.measure(options, progress.print))


def _table(rows: list[Row]) -> None:
    title = f"{platform.machine()}, Python {platform.python_version()}"
    table = Table("what", "median (least-most)", "bar", "", title=title)
    for row in rows:
        table.add_row(row.what, row.value, row.bar, "" if not row.bar else "met" if row.met else "[red]missed[/red]")
    Console(soft_wrap=True).print(table)


def _markdown(rows: list[Row]) -> None:
    print("| what | median (least-most) | bar | |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row.what} | {row.value} | {row.bar} | {'' if not row.bar else 'met' if row.met else 'missed'} |")


if __name__ == "__main__":
    sys.exit(main())

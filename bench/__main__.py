"""`make bench`: run all cases (or those named) and print the table; exit 1 when a bar is missed."""

from __future__ import annotations

import argparse
import platform
import sys

from rich.console import Console
from rich.table import Table

from bench.cases import CASES, Row


def main() -> int:
    """Run, print, judge."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("cases", nargs="*", help=f"of: {', '.join(CASES)}; default: all")
    parser.add_argument("--rounds", type=int, default=5, help="counted runs of each command")
    parser.add_argument("--markdown", action="store_true", help="print the table of docs/performance.md")
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"unknown case {', '.join(sorted(unknown))}; there are: {', '.join(CASES)}")
    progress = Console(stderr=True)
    rows: list[Row] = []
    for name in arguments.cases or CASES:
        progress.print(f"measuring {name} ...")
        rows += CASES[name](arguments.rounds)
    if arguments.markdown:
        _markdown(rows)
    else:
        _table(rows)
    return 0 if all(row.met for row in rows) else 1


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

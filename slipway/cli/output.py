"""What a command prints: tables and lines for people on stdout, or one JSON document with `--json`.

Consoles read neither markup nor emoji codes: a name with [brackets] or :100: in it is printed as it stands.
Styles come from `rich.text.Text`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from slipway.cli.failures import HelpShown
from slipway.errors import InputError, SlipwayError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]
LocalOption = Annotated[bool, typer.Option("--local", envvar="SLIPWAY_USE_LOCAL", help="Use the local AWS (`slipway local up`).")]
EnvironmentArgument = Annotated[str, typer.Argument(metavar="ENV", help="Environment: a file environments/ENV.yaml.")]
EnvironmentsArgument = Annotated[list[str] | None, typer.Argument(metavar="ENV", help="Environments; all when none is named.")]

_PIPED_WIDTH = 500
"""Columns where nobody said how wide it is: a table in a file or a pipe is not folded."""


def chosen(named: list[str] | None, root: Path) -> list[str]:
    """The environments a command works on: the named ones, each once, else all of the project. InputError when there are none."""
    from slipway.config.files import environment_names

    names = list(dict.fromkeys(named or environment_names(root)))
    if not names:
        raise InputError(f"no environment file in {root / 'environments'}", fix="write environments/dev.yaml")
    return names


def stdout() -> Console:
    """The console for results."""
    return _console(sys.stdout.isatty())


def stderr() -> Console:
    """The console for progress and errors."""
    return _console(sys.stderr.isatty(), stderr=True)


def _console(terminal: bool, **options: Any) -> Console:
    """Lines are left to the terminal to wrap, so that they can be copied; tables keep to its width."""
    width = None if terminal or "COLUMNS" in os.environ else _PIPED_WIDTH
    return Console(markup=False, emoji=False, highlight=False, soft_wrap=True, width=width, **options)


def table(*columns: str, title: str | None = None) -> Table:
    """A table that folds what is too long for the terminal: an address is never cut."""
    from rich.table import Table

    made = Table(title=title, title_justify="left")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def show(result: dict[str, Any], as_json: bool, render: Callable[[Console], None]) -> None:
    """Print a command's result once: as JSON, or through `render`."""
    if as_json:
        print(json.dumps(result, indent=2, sort_keys=True, default=str))
    else:
        render(stdout())


def fail(error: SlipwayError, as_json: bool) -> int:
    """Print an error once and return the exit code."""
    if as_json:
        print(json.dumps({"error": {"message": error.message, "fix": error.fix, **error.details}}, indent=2, default=str))
    elif not isinstance(error, HelpShown):
        console = stderr()
        console.print(Text.assemble(("error:", "red"), " ", error.message))
        if error.fix:
            console.print(f"  fix: {error.fix}")
    return error.exit_code


@dataclass
class TerminalReporter:
    """Progress lines on stderr: elapsed seconds, scope, text."""

    console: Console = field(default_factory=stderr)
    started: float = field(default_factory=time.monotonic)
    _waits: dict[str, str] = field(default_factory=dict)

    def _line(self, scope: str, text: str) -> None:
        elapsed = f"{time.monotonic() - self.started:6.1f}s"
        self.console.print(Text.assemble((elapsed, "dim"), " ", (scope, "cyan"), " ", text))

    def step(self, scope: str, text: str) -> None:
        self._line(scope, text)

    def info(self, scope: str, text: str) -> None:
        self._line(scope, text)

    def waiting(self, scope: str, text: str) -> None:
        if text and self._waits.get(scope) != text:
            self._line(scope, f"waiting for {text}")
        self._waits[scope] = text

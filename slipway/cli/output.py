"""What a command prints: rich tables for people on stdout, or one JSON document with `--json`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from rich.console import Console

from slipway.errors import SlipwayError

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]
LocalOption = Annotated[bool, typer.Option("--local", help="Use the local AWS (`slipway local up`).")]
EnvironmentArgument = Annotated[str, typer.Argument(metavar="ENV", help="Environment: a file environments/ENV.yaml.")]


def stdout() -> Console:
    """The console for results."""
    return Console(highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())


def stderr() -> Console:
    """The console for progress and errors."""
    return Console(stderr=True, highlight=False, emoji=False, soft_wrap=not sys.stderr.isatty())


def show(result: dict[str, Any], as_json: bool, render: Callable[[Console], None]) -> None:
    """Print a command's result once: as JSON, or through `render`."""
    if as_json:
        print(json.dumps(result, indent=2, sort_keys=True, default=str))
    else:
        render(stdout())


def fail(error: SlipwayError, as_json: bool) -> typer.Exit:
    """Print an error once and return the exit to raise."""
    if as_json:
        print(json.dumps({"error": {"message": error.message, "fix": error.fix, **error.details}}, indent=2, default=str))
    else:
        console = stderr()
        console.print(f"[red]error:[/red] {_escape(error.message)}")
        if error.fix:
            console.print(f"  fix: {_escape(error.fix)}")
    return typer.Exit(error.exit_code)


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)


@dataclass
class TerminalReporter:
    """Progress lines on stderr: elapsed seconds, scope, text."""

    console: Console = field(default_factory=stderr)
    started: float = field(default_factory=time.monotonic)
    _waits: dict[str, str] = field(default_factory=dict)

    def _line(self, scope: str, text: str) -> None:
        self.console.print(f"[dim]{time.monotonic() - self.started:6.1f}s[/dim] [cyan]{_escape(scope)}[/cyan] {_escape(text)}")

    def step(self, scope: str, text: str) -> None:
        self._line(scope, text)

    def info(self, scope: str, text: str) -> None:
        self._line(scope, text)

    def waiting(self, scope: str, text: str) -> None:
        if text and self._waits.get(scope) != text:
            self._line(scope, f"waiting for {text}")
        self._waits[scope] = text

"""Calls of `slipway` in scripts, compared with the command line that there is."""

from __future__ import annotations

import functools
import re
from typing import Any

_CALL = re.compile(r"bin/slipway ((?:[^\n\\;&|)]|\\\n)*)")


@functools.lru_cache(maxsize=1)
def command_line() -> Any:
    """The tree of commands."""
    import typer.main

    from slipway.cli import app

    app._register()
    return typer.main.get_command(app.app)


def calls(script: str) -> list[list[str]]:
    """Words of every call, without the program."""
    return [match.replace("\\\n", " ").split() for match in _CALL.findall(script)]


def unknown_commands(script: str) -> list[str]:
    """Calls of commands that do not exist, or with options that they do not have."""
    return [problem for words in calls(script) for problem in _problems(words)]


def _problems(words: list[str]) -> list[str]:
    command, rest = command_line(), list(words)
    while hasattr(command, "commands"):
        if not rest or rest[0] not in command.commands:
            return [f"slipway {' '.join(words)}: there is no such command"]
        command = command.commands[rest.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    return [f"slipway {' '.join(words)}: no option {word}" for word in rest if word.startswith("--") and word not in known]

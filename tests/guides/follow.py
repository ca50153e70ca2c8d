"""Follows a guide literally: writes its files, types its commands, and looks for the output it promises.

What counts in a guide's text:

- a paragraph that is nothing but a file name in backticks and a colon: the fenced block after it is that file;
- a fenced block `console`: lines that begin with `$ ` are typed, in one shell from the first to the last;
  the lines after a command must appear in its output in this order, `...` standing for anything.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_BLOCK = re.compile(r"^(?:`(?P<file>[^`\n]+)`:\n\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class File:
    """A file to write, by its name below the guide's folder."""

    name: str
    text: str


@dataclass
class Command:
    """A command to type and the lines it promises."""

    text: str
    promised: list[str] = field(default_factory=list)


Step = File | Command


def steps(page: str) -> list[Step]:
    """What a guide tells to do, from top to bottom."""
    found: list[Step] = []
    for block in _BLOCK.finditer(page):
        if block["file"]:
            found.append(File(block["file"], block["text"]))
        elif block["kind"] == "console":
            found += _commands(block["text"])
    return found


def _commands(text: str) -> list[Command]:
    commands: list[Command] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append(Command(line[2:]))
        elif commands and commands[-1].text.endswith("\\"):
            commands[-1].text += f"\n{line}"
        else:
            commands[-1].promised.append(line)
    return commands


def broken_promise(promised: list[str], output: str) -> str | None:
    """The first promised line that the output lacks or has too early; None when all are there. Blanks count as one."""
    left = iter([" ".join(line.split()) for line in output.splitlines()])
    for line in promised:
        wanted = " ".join(line.split())
        if wanted in ("", "..."):
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("...")))
        if not any(pattern.fullmatch(found) for found in left):
            return line
    return None


def follow(page: str, folder: Path, environment: Mapping[str, str], timeout: float) -> list[str]:
    """Do all of it in `folder`; what went wrong: a command's exit code or a promise. Files are written when their turn comes."""
    script, commands = _script(steps(page), folder)
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
    )
    problems = []
    for number, command in enumerate(commands):
        log, code = folder.parent / f"{number}.out", folder.parent / f"{number}.code"
        output = log.read_text(errors="replace") if log.exists() else ""
        if not code.exists():
            return [*problems, f"$ {command.text}\nnever ended: {output[-2000:]}{done.stderr[-500:]}"]
        if code.read_text().strip() != "0":
            return [*problems, f"$ {command.text}\nexit code {code.read_text().strip()}:\n{output[-4000:]}"]
        if (missing := broken_promise(command.promised, output)) is not None:
            problems.append(f"$ {command.text}\npromises {missing!r}, but says:\n{output[-4000:]}")
    return problems


def _script(todo: list[Step], folder: Path) -> tuple[str, list[Command]]:
    """One shell script: variables and the working directory of a command are there for the next, as in a terminal."""
    lines, commands = [], []
    for step in todo:
        if isinstance(step, File):
            kept = folder.parent / f"file-{len(lines)}"
            kept.write_text(step.text)
            lines.append(f'mkdir -p "$(dirname {step.name})" && cp {kept} {step.name} || exit 1')
            continue
        place = folder.parent / str(len(commands))
        commands.append(step)
        lines.append(f"{{ {step.text}\n}} > {place}.out 2>&1; code=$?; echo $code > {place}.code; [ $code = 0 ] || exit 1")
    return "\n".join(lines), commands


def shell_environment(checkout: Path) -> dict[str, str]:
    """What a reader's shell has: PATH and home, no account, and SLIPWAY, the checkout."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SLIPWAY_", "PYTEST_", "COLUMNS", "PYTHONPATH"))
    }
    return {**kept, "SLIPWAY": str(checkout), "AWS_EC2_METADATA_DISABLED": "true"}

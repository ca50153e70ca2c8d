"""Why a training failed: the exception, and /opt/ml/output/failure, which SageMaker shows as FailureReason."""

from __future__ import annotations

import re
import signal
from contextlib import suppress
from pathlib import Path

MAX_BYTES = 1024
"""SageMaker shows the first 1,024 characters; bytes are the safe side of that."""

_FRAME = re.compile(r'^\s+(File ".*", line \d+.*)$')
_TRACEBACK = "Traceback (most recent call last):"
_LAST_LINES = 5


class TrainingFailed(Exception):
    """The job cannot go on. The message is what the user reads; `exit_code` (1 to 255) ends the container."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def write(path: Path, reason: str) -> None:
    """Write the failure file, at most 1,024 bytes and never half a character."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(shortened(reason))


def shortened(text: str) -> bytes:
    """The first 1,024 bytes of `text` as UTF-8, cut between characters."""
    return text.encode("utf-8", "replace")[:MAX_BYTES].decode("utf-8", "ignore").encode()


def programs_own(path: Path) -> str:
    """What the program itself wrote to the failure file; empty when it wrote nothing."""
    with suppress(OSError), path.open("rb") as stream:
        text = stream.read(MAX_BYTES).decode("utf-8", "ignore")
        return text if text.strip() else ""
    return ""


def reason(program: str, exit_code: int, errors: str) -> str:
    """What to tell about a program that ended with `exit_code` (above 128: by a signal); `errors` is the end of its stderr."""
    if exit_code > 128 and exit_code - 128 in {number.value for number in signal.Signals}:
        name = signal.Signals(exit_code - 128).name
        ended = f"{program} was ended by {name}" + (": is the instance out of memory?" if name == "SIGKILL" else "")
    else:
        ended = f"{program} ended with exit code {exit_code}"
    return "\n".join([*_exception(errors), ended])


def _exception(errors: str) -> list[str]:
    """The exception's line(s) and where it was raised; without a traceback the last lines that say anything.

    A progress bar ends its states with a carriage return, and the last one with nothing: a traceback then begins behind it.
    """
    lines = re.split(r"\r\n|\r|\n", errors)
    starts = [number for number, line in enumerate(lines) if line.rstrip().endswith(_TRACEBACK)]
    if not starts:
        return [line.strip() for line in lines if line.strip()][-_LAST_LINES:]
    traceback = lines[starts[-1] + 1 :]
    frames = [match.group(1) for line in traceback if (match := _FRAME.match(line))]
    message = [line for line in traceback if line.strip() and not line.startswith(" ")]
    return [*message[:_LAST_LINES], *frames[-1:]]

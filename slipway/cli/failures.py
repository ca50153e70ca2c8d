"""What goes wrong outside Slipway's own code, told like its own errors: wrong usage, files, AWS, Ctrl-C."""

from __future__ import annotations

import sys

import typer
from typer.exceptions import TyperException

from slipway.errors import InputError, SlipwayError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""


class Interrupted(SlipwayError):
    """The person at the terminal said stop: exit code 130."""

    exit_code = INTERRUPTED

    def __init__(self) -> None:
        super().__init__("interrupted")


class HelpShown(InputError):
    """No argument was given and the help has been printed: nothing more to say, exit code 2."""


def foreseen(error: BaseException) -> SlipwayError | None:
    """`error` as one of Slipway's own; None for a defect, which deserves its traceback."""
    if isinstance(error, SlipwayError):
        return error
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return Interrupted()
    if isinstance(error, TyperException):
        return _usage(error)
    if isinstance(error, OSError) and error.strerror:
        return SlipwayError(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    return _from_aws(error)


def _usage(error: TyperException) -> InputError:
    context = getattr(error, "ctx", None)
    message = error.format_message()
    if not message:
        return HelpShown("no command was given")
    return InputError(message, fix=f"see `{context.command_path if context else 'slipway'} --help`")


def _from_aws(error: BaseException) -> SlipwayError | None:
    """Losing the network or a permission in the middle of an operation. Before AWS was called botocore is not loaded."""
    botocore = sys.modules.get("botocore.exceptions")
    if botocore is None or not isinstance(error, botocore.BotoCoreError | botocore.ClientError):
        return None
    return SlipwayError(f"AWS: {error}", fix="check the network and the permissions of these credentials, then run the command again")

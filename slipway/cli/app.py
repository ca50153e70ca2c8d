"""The `slipway` command. Each command is one file; heavy imports stay inside the functions."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import typer

app = typer.Typer(
    name="slipway",
    help="Run models on SageMaker with Terraform: one YAML file per environment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def main() -> None:
    """Entry point: run what the command line says and exit with its code."""
    _register()
    sys.exit(run(sys.argv[1:]))


def _register() -> None:
    """Import every `slipway.cli.cmd_*` module; each one has `register(app)`."""
    import slipway.cli as package

    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__) if m.name.startswith("cmd_")):
        importlib.import_module(f"slipway.cli.{module}").register(app)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 fine, 1 a finding or a failure, 2 bad input or usage, 130 interrupted.

    What Slipway foresees ends as one clear error, with `--json` as a JSON document; a defect keeps its traceback.
    """
    from slipway.cli.failures import INTERRUPTED, Interrupted, foreseen
    from slipway.cli.output import fail

    as_json = "--json" in arguments
    try:
        code: int | None = app(list(arguments), prog_name="slipway", standalone_mode=False)
        if code == INTERRUPTED:
            raise Interrupted
    except (Exception, KeyboardInterrupt) as error:
        known = foreseen(error)
        if known is None:
            raise
        return fail(known, as_json)
    return code or 0

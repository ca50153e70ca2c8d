"""The `slipway` command. Each command is one file; heavy imports stay inside the functions."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import typer

from slipway.errors import SlipwayError

app = typer.Typer(
    name="slipway",
    help="Run models on SageMaker with Terraform: one YAML file per environment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _register() -> None:
    """Import every `slipway.cli.cmd_*` module; each one has `register(app)`."""
    import slipway.cli as package

    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__) if m.name.startswith("cmd_")):
        importlib.import_module(f"slipway.cli.{module}").register(app)


def main() -> None:
    """Entry point: one clear error, never a traceback, for anything Slipway foresees."""
    from slipway.cli.output import fail

    _register()
    try:
        app()
    except SlipwayError as error:
        sys.exit(fail(error, "--json" in sys.argv).exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()

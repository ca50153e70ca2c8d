"""`slipway new environment` and `slipway new module`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slipway.cli.output import JsonOption, show

if TYPE_CHECKING:
    from rich.console import Console

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Its name: lower-case letters, digits and single hyphens.")]
ModuleArgument = Annotated[str, typer.Argument(metavar="NAME", help="Its name: lower-case letters, digits and single underscores.")]
FromOption = Annotated[str | None, typer.Option("--from", metavar="ENV", help="Environment to follow. Default: the defaults alone.")]
AccountOption = Annotated[str | None, typer.Option("--account-id", metavar="ID", help="AWS account, 12 digits. Default: that of --from.")]
RegionOption = Annotated[
    str | None, typer.Option("--region", metavar="REGION", help="AWS region. Default: as in --from or _defaults.yaml.")
]
LifeOption = Annotated[
    str | None,
    typer.Option("--time-to-live", metavar="TIME", help="It expires after these hours or days, such as 8h or 3d. Default: it stays."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    new = typer.Typer(help="Write the files of a new environment or module; they pass the gate as they are.", no_args_is_help=True)
    new.command("environment")(environment)
    new.command("module")(module)
    app.add_typer(new, name="new")


def environment(
    name: NameArgument,
    *,
    source: FromOption = None,
    account_id: AccountOption = None,
    region: RegionOption = None,
    time_to_live: LifeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write environments/NAME.yaml and its lock file. With --time-to-live it can be destroyed as a whole."""
    from datetime import datetime, timezone

    from slipway.project import project_root
    from slipway.scaffold.environment import NewEnvironment, expiry, new_environment

    root = project_root()
    expires_at = expiry(time_to_live, datetime.now(timezone.utc)) if time_to_live is not None else None
    written = new_environment(root, NewEnvironment(name, source, account_id, region, expires_at))
    _show("environment", name, root, written, f"slipway validate {name}; then slipway bootstrap {name}", as_json)


def module(name: ModuleArgument, *, as_json: JsonOption = False) -> None:
    """Write modules/NAME and its tests: an alarm to start from, with options, outputs, example and README."""
    from slipway.project import project_root
    from slipway.scaffold.module import new_module

    root = project_root()
    written = new_module(root, name)
    _show("module", name, root, written, f"pytest tests/modules/{name}; then make it yours", as_json)


def _show(kind: str, name: str, root: Path, written: list[Path], following: str, as_json: bool) -> None:
    files = [path.relative_to(root).as_posix() for path in written]

    def render(console: Console) -> None:
        for line in (*(f"wrote {file}" for file in files), f"next: {following}"):
            console.print(line, highlight=False)

    show({kind: name, "files": files, "next": following}, as_json, render)

"""`slipway model inspect`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slipway.cli.output import JsonOption, show, table

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.artifacts.inspect import Inspection

ArchiveArgument = Annotated[Path, typer.Argument(metavar="ARCHIVE", help="A model archive (.tar.gz).")]
_SHOWN_MEMBERS = 40
_FORMATS = {
    ".skops": "skops",
    ".onnx": "onnx",
    ".ubj": "xgboost",
    ".json": "xgboost",
    ".safetensors": "safetensors",
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle"), "pickle"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(name="model", help="Model archives.", no_args_is_help=True)
    group.callback()(_group)
    group.command("inspect")(inspect)
    app.add_typer(group)


def _group() -> None:
    """Keeps `inspect` a subcommand although it is the only one."""


def inspect(archive: ArchiveArgument, as_json: JsonOption = False) -> None:
    """Show what a model archive holds, without unpacking it. Exit code 1 when it must not be released."""
    from slipway.artifacts.inspect import inspect as read

    found = read(archive)
    show(summary(found), as_json, lambda console: _render(found, console))
    if found.problems:
        raise typer.Exit(1)


def summary(found: Inspection) -> dict[str, Any]:
    """What `--json` prints. Sizes in bytes."""
    return {
        "archive": str(found.path),
        "sha256": found.sha256,
        "bytes": found.size,
        "expanded_bytes": found.expanded,
        "code": found.code or None,
        "formats": formats(found),
        "manifest": found.manifest.model_dump(),
        "members": [
            {"name": member.name, "bytes": member.size, "folder": member.directory, "problem": member.problem or None}
            for member in found.members
        ],
        "problems": list(found.problems),
        "may_be_released": not found.problems,
    }


def formats(found: Inspection) -> dict[str, int]:
    """How many model files of each format there are, by their endings; the manifest's format counts first. Code and documents do not."""
    from slipway.artifacts.manifest import MANIFEST

    counted: Counter[str] = Counter()
    for member in found.members:
        if member.directory or member.problem or member.name == MANIFEST or member.name.startswith("code/"):
            continue
        if member.name == found.manifest.model and found.manifest.format:
            counted[found.manifest.format] += 1
        elif known := _FORMATS.get(PurePosixPath(member.name).suffix.lower()):
            counted[known] += 1
    return dict(sorted(counted.items()))


def _render(found: Inspection, console: Console) -> None:
    from slipway.artifacts.names import printable

    members = table("member", "bytes", "problem")
    for member in found.members[:_SHOWN_MEMBERS]:
        members.add_row(printable(member.name) + ("/" if member.directory else ""), f"{member.size:,}", member.problem)
    console.print(members)
    if (rest := len(found.members) - _SHOWN_MEMBERS) > 0:
        console.print(f"and {rest:,} more members")
    console.print(f"archive   {found.size:,} bytes, {found.expanded:,} expanded, sha256 {found.sha256}")
    console.print(f"code      {found.code or 'none: the container serves the model by its format'}")
    console.print(f"formats   {', '.join(f'{count} {name}' for name, count in formats(found).items()) or 'none known'}")
    stated = found.manifest.model_dump(exclude_defaults=True)
    console.print(f"manifest  {', '.join(f'{key}={value}' for key, value in stated.items()) or 'none, or nothing but defaults'}")
    for problem in found.problems:
        console.print(f"problem   {problem}")
    console.print("may be released" if not found.problems else "must not be released")

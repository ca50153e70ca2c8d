"""`slipway synth`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.files import check_folder
from slipway.cli.output import EnvironmentsArgument, JsonOption, LocalOption, chosen, show


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("synth")(synth)


def synth(
    environments: EnvironmentsArgument = None,
    out: Annotated[Path | None, typer.Option(help="Output folder; default: cdktf.out.")] = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write each stack's Terraform JSON; the same input gives the same bytes."""
    from slipway.app import DEFAULT_OUTPUT, synthesize
    from slipway.project import project_root

    check_folder("--out", out)
    root = project_root()
    outdir = (out or root / DEFAULT_OUTPUT).resolve()
    url = None
    if local:
        from slipway.terraform.local_target import local_url

        url = local_url(root)
    folders = synthesize(chosen(environments, root), root, outdir, local=url)
    files = [str(folder / "cdk.tf.json") for folder in folders]
    result = {"stacks": [{"stack": folder.name, "file": file} for folder, file in zip(folders, files, strict=True)]}
    show(result, as_json, lambda console: console.print("\n".join(files)))

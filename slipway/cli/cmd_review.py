"""`slipway review`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.output import JsonOption, show

FolderArgument = Annotated[Path, typer.Argument(metavar="DIR", help="What `slipway plan ENV --save DIR` wrote.")]
PublishOption = Annotated[str, typer.Option("--publish", metavar="S3_URI", help="Prefix that the page goes to: s3://bucket/prefix.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("review")(review)


def review(folder: FolderArgument, *, publish: PublishOption, as_json: JsonOption = False) -> None:
    """Upload the page of a saved review, and print the link that an approval shows."""
    from slipway.deploy.publish import publish as run

    url = run(folder, publish)
    show({"url": url}, as_json, lambda console: console.print(url))

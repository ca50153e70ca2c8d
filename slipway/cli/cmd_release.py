"""`slipway release`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show, table

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.artifacts.release import Released

ModelArgument = Annotated[
    str | None,
    typer.Argument(metavar="MODEL", help="Model, or MODEL/CONTAINER of a pipeline. Default: all models."),
]
SourceOption = Annotated[
    Path | None,
    typer.Option("--source", metavar="PATH", help="Folder or .tar.gz of the model. Default: examples/MODEL/model, else what is released."),
]
ImageOption = Annotated[
    str | None,
    typer.Option("--image", metavar="IMAGE", help="Tag, sha256:DIGEST or `docker save` archive. Default: the released image."),
]

PackageOption = Annotated[
    str | None,
    typer.Option("--package", metavar="ARN", help="Approved model package of the registry: release exactly its model data and image."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("release")(release)


def release(
    env: EnvironmentArgument,
    model: ModelArgument = None,
    *,
    source: SourceOption = None,
    image: ImageOption = None,
    package: PackageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Pack and upload model data, verify the image, then write environments/ENV.lock.yaml."""
    from slipway.artifacts.account import Account
    from slipway.artifacts.package import release_package
    from slipway.artifacts.release import release as run
    from slipway.config.load import load_environment
    from slipway.errors import InputError
    from slipway.project import project_root
    from slipway.terraform.local_target import local_url

    root = project_root()
    account = Account(load_environment(env, root), local_url=local_url(root) if local else None)
    if package is None:
        released = run(account, root, [model] if model else [], source=source, image=image, reporter=TerminalReporter())
    elif model is None or source is not None or image is not None:
        raise InputError("--package needs MODEL, and excludes --source and --image", fix=f"slipway release {env} MODEL --package ARN")
    else:
        released = release_package(account, root, model, package, reporter=TerminalReporter())
    show(summary(env, released), as_json, lambda console: render(env, released, console))


def summary(env: str, released: Released) -> dict[str, Any]:
    """What `--json` prints for a release or a promotion."""
    models = {key: entry.model_dump(exclude_none=True) for key, entry in released.models.items()}
    return {"environment": env, "lock_changed": released.changed, "models": models}


def render(env: str, released: Released, console: Console) -> None:
    """One table row per model and a closing line about the lock file."""
    released_now = table("model", "artifact sha256", "bytes", "image", "digest")
    for key, entry in released.models.items():
        artifact = entry.artifact
        sha256, size = (artifact.sha256[:12], f"{artifact.size:,}") if artifact else ("in the image", "")
        released_now.add_row(key, sha256, size, entry.image.repository, entry.image.digest[7:19])
    console.print(released_now)
    console.print(f"environments/{env}.lock.yaml {'written: review and commit it' if released.changed else 'unchanged'}")

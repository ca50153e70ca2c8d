"""`slipway image build|push|ensure`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slipway.cli.image_ensure import ensure
from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.artifacts.account import Account

TARGETS = ("inference", "training")

WhatArgument = Annotated[str, typer.Argument(metavar="MODEL|FOLDER", help="Model, whose own requirements go in, or a container folder.")]
TargetOption = Annotated[str, typer.Option("--target", help="Which of Slipway's containers a model's image is: inference or training.")]
TagOption = Annotated[str, typer.Option("--tag", help="Tag. Default: the builder's latest; in ECR build- and the digest's start.")]
SourceOption = Annotated[
    Path | None, typer.Option("--source", metavar="PATH", help="The model's folder or .tar.gz. Default: examples/MODEL/model.")
]
OutputOption = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Archive to write. Default: .slipway/images/NAME.tar.")]
ArchitectureOption = Annotated[str, typer.Option("--architecture", help="amd64, or arm64 for Graviton instances.")]
ProcessOption = Annotated[bool, typer.Option("--process", help="Write the image for the local AWS, which needs no builder.")]
ArchiveOption = Annotated[
    Path | None, typer.Option("--image", metavar="FILE", help="Archive to push. Default: what `slipway image build MODEL` wrote.")
]
RegistryOption = Annotated[
    str,
    typer.Option("--registry", metavar="KEY", help="Pin the image for a key of `registries` instead of models: the training container."),
]
ModelArgument = Annotated[str | None, typer.Argument(metavar="MODEL", help="Model, or MODEL/CONTAINER of a pipeline. Default: all models.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(name="image", help="Container images: built for SageMaker, pushed and pinned.", no_args_is_help=True)
    group.command("build")(build)
    group.command("push")(push)
    group.command("ensure")(ensure)
    app.add_typer(group)


def build(
    what: WhatArgument,
    *,
    target: TargetOption = "inference",
    tag: TagOption = "",
    source: SourceOption = None,
    output: OutputOption = None,
    architecture: ArchitectureOption = "amd64",
    process: ProcessOption = False,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Build a linux/amd64 image with docker, podman or buildah into an archive that `slipway image push` takes."""
    from slipway.containers.image_build import ARCHITECTURES, build_image
    from slipway.errors import InputError

    if target not in TARGETS:
        raise InputError(f"--target {target}: there is no such container", fix=f"one of {', '.join(TARGETS)}")
    if architecture not in ARCHITECTURES:
        raise InputError(f"--architecture {architecture}: SageMaker has no such instances", fix=f"one of {', '.join(ARCHITECTURES)}")
    folder, model, archive = _places(what, target, source, output)
    process = process or (local and not _can_run())
    reporter = TerminalReporter()
    made = build_image(folder, archive, tag=tag, architecture=architecture, model=model, process=process, reporter=reporter)
    result = {"path": str(made.path), "digest": made.digest, "tag": made.tag, "bytes": made.size, "builder": made.builder}

    def render(console: Console) -> None:
        console.print(f"{made.path}: {made.size:,} bytes, built by {made.builder}" if not process else f"{made.path}: process image")
        console.print(f"digest {made.digest}")
        console.print("push it with `slipway image push ENV MODEL" + (" --local`; it runs on the local AWS only" if process else "`"))

    show(result, as_json, render)


def push(
    env: EnvironmentArgument,
    model: ModelArgument = None,
    *,
    archive: ArchiveOption = None,
    registry: RegistryOption = "",
    tag: TagOption = "",
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Push an image archive to the environment's ECR repository and pin its digest in environments/ENV.lock.yaml.

    With --registry, --image may also be a tag or sha256:DIGEST of an image that is there.
    """
    from slipway.artifacts.account import Account
    from slipway.artifacts.image_release import push_image
    from slipway.cli.cmd_release import render, summary
    from slipway.config.load import load_environment
    from slipway.errors import InputError
    from slipway.project import project_root
    from slipway.terraform.local_target import local_url

    root = project_root()
    if archive is None and (model is None or registry):
        raise InputError(
            "which image? there is neither a MODEL nor --image", fix="slipway image push ENV MODEL, or name a FILE: --image FILE"
        )
    account = Account(load_environment(env, root), local_url=local_url(root) if local else None)
    if registry and archive is not None:
        _pin(account, root, registry, str(archive), tag, as_json)
        return
    file = archive or _archive(root, str(model).partition("/")[0])
    released = push_image(account, root, [model] if model else [], file, tag=tag or None, reporter=TerminalReporter())
    show(summary(env, released), as_json, lambda console: render(env, released, console))


def _pin(account: Account, root: Path, registry: str, named: str, tag: str, as_json: bool) -> None:
    """`--registry`: one entry of the lock's `images`."""
    from slipway.artifacts.registry_image import pin_registry_image

    pin, changed = pin_registry_image(account, root, registry, named, tag=tag or None, reporter=TerminalReporter())
    environment = account.config.name
    result = {"environment": environment, "lock_changed": changed, "images": {registry: pin.model_dump()}}

    def render(console: Console) -> None:
        console.print(f"{registry}: {pin.repository}@{pin.digest}")
        console.print(f"environments/{environment}.lock.yaml {'written: review and commit it' if changed else 'unchanged'}")

    show(result, as_json, render)


def _places(what: str, target: str, source: Path | None, output: Path | None) -> tuple[Path, Path | None, Path]:
    """Container folder, the model's folder or archive, and the archive to write."""
    from slipway.artifacts.targets import SOURCES
    from slipway.cli.files import check_file
    from slipway.containers.environment import tools_folder
    from slipway.errors import InputError
    from slipway.project import project_root

    check_file("--output", output)
    if Path(what).is_dir():
        folder = Path(what).resolve()
        return folder, source, output or _archive(Path.cwd(), folder.name)
    root = project_root()
    model = source or _first(root / SOURCES.format(what), root / "examples" / what)
    if model is None:
        raise InputError(
            f"{what} is neither a container folder nor a model: there is no {SOURCES.format(what)}",
            fix="name a folder with a Dockerfile, or the model's files: --source PATH",
        )
    name = what if target == "inference" else f"{what}-{target}"
    return tools_folder().parent / "containers" / target, model, output or _archive(root, name)


def _first(*folders: Path) -> Path | None:
    return next((folder for folder in folders if folder.is_dir()), None)


def _archive(root: Path, name: str) -> Path:
    return root / ".slipway" / "images" / f"{name}.tar"


def _can_run() -> Any:
    from slipway.containers.engine import find_engine

    return find_engine()

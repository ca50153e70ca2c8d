"""`slipway image ensure`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show

ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="Model, or MODEL/CONTAINER of a pipeline.")]
FolderOption = Annotated[
    Path | None, typer.Option("--folder", metavar="FOLDER", help="Container folder with a Dockerfile. Default: containers/inference.")
]


def ensure(
    env: EnvironmentArgument, model: ModelArgument, *, folder: FolderOption = None, local: LocalOption = False, as_json: JsonOption = False
) -> None:
    """Pin the image of what the container folder holds now; build and push it only when ECR lacks it."""
    from slipway.artifacts.account import Account
    from slipway.artifacts.image_ensure import content_of, ensure_image
    from slipway.cli.cmd_release import render, summary
    from slipway.config.load import load_environment
    from slipway.containers.engine import find_engine
    from slipway.containers.environment import tools_folder
    from slipway.containers.image_build import CODE_REQUIREMENTS, build_image
    from slipway.errors import InputError
    from slipway.project import project_root
    from slipway.terraform.local_target import local_url

    root, reporter = project_root(), TerminalReporter()
    used = (folder or tools_folder().parent / "containers" / "inference").resolve()
    if not (used / "Dockerfile").is_file():
        raise InputError(f"{used} holds no Dockerfile", fix="name a container folder such as containers/inference")
    source = root / "examples" / model.partition("/")[0]
    requirements = [source / CODE_REQUIREMENTS] if (source / CODE_REQUIREMENTS).is_file() else []
    process = local and not find_engine()

    def build(archive: Path, architecture: str) -> object:
        model_source = source if requirements else None
        return build_image(used, archive, architecture=architecture, model=model_source, process=process, reporter=reporter)

    account = Account(load_environment(env, root), local_url=local_url(root) if local else None)
    content = content_of(used, *requirements, kind="process" if process else "")
    released = ensure_image(account, root, model, content, build, reporter=reporter)
    show(summary(env, released), as_json, lambda console: render(env, released, console))

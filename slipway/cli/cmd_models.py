"""`slipway models`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, show, table

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.training.registry import ModelVersions, Package

ActionArgument = Annotated[Literal["approve", "reject"] | None, typer.Argument(metavar="approve|reject", help="Decide about a package.")]
PackageArgument = Annotated[str | None, typer.Argument(metavar="PACKAGE", help="MODEL/VERSION such as wine/3, or the package's ARN.")]
CommentOption = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Why; kept with the package (ApprovalDescription).")]
NewestOption = Annotated[int, typer.Option("--newest", min=1, max=1000, metavar="N", help="Packages of each model to show.")]

_SHOWN_METRICS = 4
_MAX_COMMENT = 1024


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("models")(models)


def models(
    env: EnvironmentArgument,
    action: ActionArgument = None,
    package: PackageArgument = None,
    *,
    comment: CommentOption = "",
    newest: NewestOption = 10,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """List each model's packages in the registry, what is released and what is deployed where; or approve or reject a package.

    An approval is an event: where `delivery` is set up, it releases and delivers exactly that version.
    """
    from slipway.artifacts.account import Account
    from slipway.config.load import load_environment
    from slipway.project import project_root
    from slipway.terraform.local_target import local_url

    _check(action, package, comment)
    root = project_root()
    account = Account(load_environment(env, root), local_url=local_url(root) if local else None)
    account.require()
    if action is not None and package is not None:
        from slipway.training.registry import decide

        decided = decide(account, package, {"approve": "Approved", "reject": "Rejected"}[action], comment)
        result = {"environment": env, "package": asdict(decided)}
        show(result, as_json, lambda console: console.print(f"{decided.arn}: {decided.approval}"))
        return
    from slipway.training.registry import model_versions

    found = model_versions(account, root, newest)
    show({"environment": env, "models": [_as_dict(item) for item in found]}, as_json, lambda console: _render(found, console))


def _check(action: str | None, package: str | None, comment: str) -> None:
    from slipway.errors import InputError

    if action is not None and package is None:
        raise InputError(f"{action} which package?", fix=f"slipway models ENV {action} MODEL/VERSION")
    if comment and action is None:
        raise InputError("--comment goes with approve and reject", fix="leave it out")
    if len(comment) > _MAX_COMMENT:
        raise InputError(f"--comment has {len(comment)} characters; SageMaker takes {_MAX_COMMENT}", fix="shorten it")


def _as_dict(item: ModelVersions) -> dict[str, Any]:
    return {
        "model": item.model,
        "group": item.group,
        "packages": [asdict(package) for package in item.packages],
        "release": item.release.model_dump(exclude_none=True) if item.release else None,
        "deployed": [{**asdict(where), "package_arn": _package_of(item, where.model_data)} for where in item.deployed],
    }


def _render(found: list[ModelVersions], console: Console) -> None:
    for item in found:
        if item.packages:
            shown = table("version", "approval", "created (UTC)", "metrics", "comment", title=f"{item.model}: {item.group}")
            for package in item.packages:
                shown.add_row(
                    str(package.version), package.approval, f"{package.created:%Y-%m-%d %H:%M}", _metrics(package), package.comment
                )
            console.print(shown)
        else:
            console.print(f"{item.model}: " + (f"no package in {item.group}" if item.group else "not in the registry"))
        console.print(f"  released: {_release(item)}")
        for where in item.deployed:
            console.print(f"  deployed: endpoint {where.endpoint}, variant {where.variant} ({where.status}): {_what(item, where)}")
        if not item.deployed:
            console.print("  deployed: nowhere")


def _metrics(package: Package) -> str:
    """The first numbers; a confusion matrix and counts are left to `--json`."""
    shown = [f"{name.rpartition('.')[2]} {value:.4g}" for name, value in package.metrics.items() if "matrix" not in name]
    return ", ".join(shown[:_SHOWN_METRICS])


def _release(item: ModelVersions) -> str:
    if item.release is None:
        return "nothing"
    artifact = f"artifact {item.release.artifact.sha256[:12]}, " if item.release.artifact else ""
    image = item.release.image.digest.removeprefix("sha256:")[:12]
    package = f", from {_short(item.release.model_package_arn)}" if item.release.model_package_arn else ""
    return f"{artifact}image {image}{package}"


def _what(item: ModelVersions, where: Any) -> str:
    package = _package_of(item, where.model_data)
    digest = where.image.partition("@sha256:")[2][:12] or where.image
    return f"{where.model_data or 'no model data'}, image {digest}" + (f", from {_short(package)}" if package else "")


def _package_of(item: ModelVersions, model_data: str) -> str:
    """The package that live model data came from: its own address, or the released copy of it."""
    release = item.release
    if release is not None and release.artifact is not None and model_data.endswith(release.artifact.key):
        return release.model_package_arn or ""
    return next((package.arn for package in item.packages if model_data and package.model_data == model_data), "")


def _short(arn: str) -> str:
    return "/".join(arn.split("/")[1:])

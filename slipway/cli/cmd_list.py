"""`slipway list`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from slipway.cli.output import EnvironmentsArgument, JsonOption, show

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list")(list_environments)


def list_environments(environments: EnvironmentsArgument = None, as_json: JsonOption = False) -> None:
    """List environments: account, region, models with what is released, endpoints."""
    from slipway.config.load import environment_names
    from slipway.project import project_root

    root = project_root()
    rows = [_summary(name, root) for name in dict.fromkeys(environments or environment_names(root))]
    show({"environments": rows}, as_json, lambda console: _render(rows, console))


def _summary(name: str, root: Path) -> dict[str, Any]:
    from modules.model.spec import release_keys
    from slipway.config.load import load_environment
    from slipway.config.release import load_lock

    config, lock = load_environment(name, root), load_lock(name, root)
    models = {}
    for model, spec in config.models.items():
        for key in release_keys(model, spec).values():
            release = lock.models.get(key)
            models[key] = release.model_dump(exclude_none=True) if release else None
    endpoints = {
        endpoint: {"hosting": entry.hosting.kind, "variants": {variant.variant_name: variant.model for variant in entry.variants}}
        for endpoint, entry in config.sagemaker_endpoints.items()
    } | {
        endpoint: {"hosting": entry.hosting.kind, "variants": {entry.hosting.kind: entry.model}}
        for endpoint, entry in config.other_hosting.items()
    }
    where = {"name": name, "account_id": config.account_id, "region": config.region}
    return {**where, "models": models, "endpoints": endpoints}


def _render(rows: list[dict[str, Any]], console: Console) -> None:
    from rich.text import Text

    for row in rows:
        console.print(Text.assemble((row["name"], "bold"), f"  account {row['account_id']}  region {row['region']}"))
        for key, release in row["models"].items():
            console.print(f"  model {key}: {_release(release)}")
        for key, entry in row["endpoints"].items():
            variants = ", ".join(f"{variant} ({model})" for variant, model in entry["variants"].items())
            console.print(f"  endpoint {key}: {entry['hosting']}; {variants}")


def _release(release: dict[str, Any] | None) -> str:
    if release is None:
        return "not released"
    artifact = f"artifact {release['artifact']['sha256'][:12]}, " if "artifact" in release else ""
    return f"{artifact}image {release['image']['digest'].removeprefix('sha256:')[:12]}"

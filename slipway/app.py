"""Environment names in, synthesized stacks out. The one place where configuration meets the toolkit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.config.load import environment_names, load_environment
from slipway.config.release import load_lock
from slipway.errors import InputError

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig
    from slipway.config.release import ReleaseLock

DEFAULT_OUTPUT = "cdktf.out"


def synthesize(names: Sequence[str], root: Path, outdir: Path | None = None, *, local: str | None = None) -> list[Path]:
    """Write `stacks/<stack>/cdk.tf.json` of the named environments below `outdir` and return the stack folders.

    Every file is read and checked before anything is written. `local` is the URL of a local AWS: it adds a
    `local_override.tf.json` beside each document and changes nothing in it.
    Raises `InputError` (all errors of a file at once) for bad configuration.
    """
    environments = [(load_environment(name, root), load_lock(name, root)) for name in names]
    outdir = outdir or root / DEFAULT_OUTPUT
    app = _new_app(outdir=str(outdir))
    folders = _build(app, environments, outdir)
    _remove_stale(outdir, names, folders)
    app.synth()
    _finish(environments, folders, local)
    return [folder for stacks in folders.values() for folder in stacks]


def run_as_cdktf_app(root: Path, environ: Mapping[str, str]) -> None:
    """What `main.py` does under the cdktf CLI, which names the output folder in CDKTF_OUTDIR."""
    context = json.loads(environ.get("CDKTF_CONTEXT_JSON") or "{}")
    chosen = environ.get("SLIPWAY_ENVIRONMENTS") or context.get("environments") or "all"
    names = environment_names(root) if chosen == "all" else [name.strip() for name in chosen.split(",") if name.strip()]
    if not names:
        raise InputError("no environment chosen", fix="set SLIPWAY_ENVIRONMENTS=dev,prod or the context key `environments`")
    synthesize(names, root, Path(environ.get("CDKTF_OUTDIR") or root / DEFAULT_OUTPUT), local=environ.get("SLIPWAY_LOCAL"))


def _new_app(**options: Any) -> Any:
    from modules._shared.provider import cdktf

    return cdktf.App(**options)


def _build(
    app: Any, environments: Sequence[tuple[EnvironmentConfig, ReleaseLock]], outdir: Path
) -> dict[str, list[Path]]:
    """Build all stacks; returns each environment's stack folders in the order they are applied."""
    from slipway.stacks.serving import serving_stack
    from slipway.stacks.shared import shared_stack
    from slipway.stacks.state import state_stack

    folders = {}
    for config, lock in environments:
        state = state_stack(app, config)
        shared = shared_stack(app, config)
        serving = serving_stack(app, config, lock)
        shared.add_dependency(state)
        serving.add_dependency(shared)
        names = [str(stack.node.id) for stack in (state, shared, serving)]
        folders[config.naming.environment] = [outdir / "stacks" / name for name in names]
    return folders


def _remove_stale(outdir: Path, names: Sequence[str], folders: Mapping[str, Sequence[Path]]) -> None:
    """A document that is no longer produced must not be scanned or planned again."""
    current = {folder for stacks in folders.values() for folder in stacks}
    for name in names:
        for folder in (outdir / "stacks").glob(f"{name}-*"):
            if folder not in current:
                shutil.rmtree(folder)


def _finish(
    environments: Sequence[tuple[EnvironmentConfig, ReleaseLock]], folders: Mapping[str, Sequence[Path]], local: str | None
) -> None:
    from slipway.terraform.local_target import remove_override, write_override

    for config, _ in environments:
        for folder in folders[config.naming.environment]:
            if local:
                write_override(folder, config, local)
            else:
                remove_override(folder)

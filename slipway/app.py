"""Environment names in, synthesized stacks out. The one place where configuration meets the toolkit."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.errors import InputError, SlipwayError
from slipway.layers import LAYERS, layers_of, stack_name

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig
    from slipway.config.release import ReleaseLock

DEFAULT_OUTPUT = "cdktf.out"


def synthesize(
    names: Sequence[str],
    root: Path,
    outdir: Path | None = None,
    *,
    local: str | None = None,
    layers: Sequence[str] = LAYERS,
) -> list[Path]:
    """Write `stacks/<stack>/cdk.tf.json` of the named environments below `outdir` and return the stack folders.

    Every file is read and checked before anything is written. `local` is the URL of a local AWS: it adds a
    `local_override.tf.json` beside each document and changes nothing in it. `layers` limits the stacks: the serving
    layer needs a release of every model, the others do not.
    Raises `InputError` (all errors of a file at once) for bad configuration.
    """
    from modules._shared.provider import warm_up

    toolkit = warm_up()  # Node starts while the files are read
    from slipway.config.load import load_environment
    from slipway.config.release import load_lock

    environments = [(load_environment(name, root), load_lock(name, root)) for name in names]
    toolkit.join()
    outdir = outdir or root / DEFAULT_OUTPUT
    outdir.mkdir(parents=True, exist_ok=True)
    app = _new_app(outdir=str(outdir))
    try:
        stacks = {config.naming.environment: _build(app, config, lock, layers, root) for config, lock in environments}
    except ValueError as error:  # what a module refuses only once it knows its neighbours
        raise InputError(str(error), fix="change the environment file") from error
    for config, _ in environments:
        _remove_stale(outdir, config)
    app.synth()
    folders = {name: [outdir / "stacks" / stack for stack in found] for name, found in stacks.items()}
    _finish(environments, folders, local)
    return [folder for found in folders.values() for folder in found]


def run_as_cdktf_app(root: Path, environ: Mapping[str, str]) -> None:
    """What `main.py` does under the cdktf CLI, which names the output folder in CDKTF_OUTDIR."""
    from slipway.config.load import environment_names

    context = json.loads(environ.get("CDKTF_CONTEXT_JSON") or "{}")
    chosen = environ.get("SLIPWAY_ENVIRONMENTS") or context.get("environments") or "all"
    names = environment_names(root) if chosen == "all" else [name.strip() for name in chosen.split(",") if name.strip()]
    if not names:
        raise InputError("no environment chosen", fix="set SLIPWAY_ENVIRONMENTS=dev,prod or the context key `environments`")
    synthesize(names, root, Path(environ.get("CDKTF_OUTDIR") or root / DEFAULT_OUTPUT), local=environ.get("SLIPWAY_LOCAL"))


def _new_app(**options: Any) -> Any:
    from modules._shared.kernel import KernelFailed
    from modules._shared.provider import cdktf

    try:
        return cdktf.App(**options)
    except KernelFailed as error:
        raise SlipwayError(str(error), fix="unset JSII_NODE, or point it at Node 22 or 24; `make setup` brings one") from error


def _build(app: Any, config: EnvironmentConfig, lock: ReleaseLock, layers: Sequence[str], root: Path) -> list[str]:
    """Build the layers of one environment; returns the stacks' names in the order they are applied."""
    from slipway.stacks.api import api_stack
    from slipway.stacks.delivery import delivery_stack
    from slipway.stacks.load_test import load_test_stack
    from slipway.stacks.network import network_stack
    from slipway.stacks.observability import observability_stack
    from slipway.stacks.operations import operations_stack
    from slipway.stacks.serving import serving_stack
    from slipway.stacks.shared import shared_stack
    from slipway.stacks.state import state_stack
    from slipway.stacks.training import training_stack

    builders = {
        "state": lambda: state_stack(app, config),
        "network": lambda: network_stack(app, config),
        "shared": lambda: shared_stack(app, config),
        "training": lambda: training_stack(app, config, lock, root),
        "serving": lambda: serving_stack(app, config, lock),
        "api": lambda: api_stack(app, config),
        "observability": lambda: observability_stack(app, config),
        "load_test": lambda: load_test_stack(app, config, root),
        "operations": lambda: operations_stack(app, config),
        "delivery": lambda: delivery_stack(app, config, root),
    }
    stacks = [builders[layer]() for layer in layers_of(config) if layer in layers]
    for lower, upper in itertools.pairwise(stacks):
        upper.add_dependency(lower)
    return [str(stack.node.id) for stack in stacks]


def _remove_stale(outdir: Path, config: EnvironmentConfig) -> None:
    """A document of a layer that the environment no longer has must not be scanned or planned again."""
    wanted = {stack_name(config.naming.environment, layer) for layer in layers_of(config)}
    for layer in LAYERS:
        if (name := stack_name(config.naming.environment, layer)) not in wanted:
            shutil.rmtree(outdir / "stacks" / name, ignore_errors=True)


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

"""From an environment's name to its synthesized stacks and the account or local AWS they go to."""

from __future__ import annotations

from pathlib import Path

from slipway.deploy.target import Target
from slipway.layers import BEFORE_RELEASE, LAYERS
from slipway.progress import Reporter


def open_target(name: str, root: Path, reporter: Reporter, *, local: bool = False, outdir: Path | None = None) -> Target:
    """Check the environment, find the local AWS when asked for, synthesize, and return the target.

    Before the first release of every model only the layers below serving are there, and no training before its images are pinned.
    InputError for bad configuration, SlipwayError when the local AWS does not run. No call goes to AWS.
    """
    from slipway.app import DEFAULT_OUTPUT, synthesize
    from slipway.config.load import load_environment
    from slipway.config.release import load_lock
    from slipway.stacks.releases import missing_releases
    from slipway.stacks.training_images import missing_images
    from slipway.terraform.local_target import local_url

    config = load_environment(name, root)
    url = local_url(root) if local else None
    folder = (outdir or root / DEFAULT_OUTPUT).resolve()
    reporter.step(name, "synth")
    lock = load_lock(name, root)
    layers: tuple[str, ...] = LAYERS if not missing_releases(config, lock) else BEFORE_RELEASE
    if missing_images(config, lock):
        layers = tuple(layer for layer in layers if layer != "training")
    synthesize([name], root, folder, local=url, layers=layers)
    target = Target(name, config, root, folder, url, reporter, layers)
    target.prepare()
    return target

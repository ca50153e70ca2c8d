"""What an image says about itself, before it is run."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slipway.errors import SlipwayError

if TYPE_CHECKING:
    from slipway.containers.source import Source

MULTI_MODEL_LABEL = "com.amazonaws.sagemaker.capabilities.multi-models"


@dataclass(frozen=True)
class Facts:
    """ENTRYPOINT and labels; `problem` says what is wrong with the ENTRYPOINT, empty when nothing is."""

    entrypoint: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def multi_model(self) -> bool:
        """Whether the image says it can serve many models."""
        return self.labels.get(MULTI_MODEL_LABEL, "").lower() == "true"


def read_facts(source: Source) -> Facts:
    """The Dockerfile's or the image configuration's facts. SlipwayError when the image cannot be read at all."""
    from slipway.containers.dockerfile import read_dockerfile
    from slipway.containers.program import saved_config
    from slipway.containers.source import Folder, SavedImage

    if isinstance(source, SavedImage):
        config, labels, _ = saved_config(source.path)
        return _judged(config.entrypoint, labels)
    if not isinstance(source, Folder):
        return _of_engine(source.reference)
    try:
        config = read_dockerfile(source.path / "Dockerfile")
    except SlipwayError as error:
        if "ENTRYPOINT" not in error.message:
            raise
        return Facts(problem=error.message)
    return _judged(config.entrypoint, config.labels)


def _of_engine(reference: str) -> Facts:
    """What docker or podman say about an image they hold."""
    from slipway.containers.engine import require_engine

    engine = require_engine(reference)
    done = subprocess.run([engine.command, "image", "inspect", reference], capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise SlipwayError(f"{engine.name} has no image {reference}: {done.stderr.strip()}", fix=f"{engine.name} pull {reference}")
    config = json.loads(done.stdout)[0].get("Config") or {}
    return _judged(tuple(config.get("Entrypoint") or ()), config.get("Labels") or {})


def _judged(entrypoint: tuple[str, ...], labels: dict[str, str]) -> Facts:
    """Docker stores a shell-form ENTRYPOINT as `/bin/sh -c TEXT`: the arguments and signals then go to the shell.

    Without any, `serve` and `train` are programs on the image's PATH, as in SageMaker's first samples.
    """
    if entrypoint[:2] in (("/bin/sh", "-c"), ("/bin/bash", "-c"), ("sh", "-c"), ("bash", "-c")):
        return Facts(entrypoint, labels, f"ENTRYPOINT has the shell form: {' '.join(entrypoint)}")
    return Facts(entrypoint, labels)

"""Finds the `terraform` to run: a named one, the one on PATH, or the pinned release in `.tools/`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from slipway.errors import InputError, SlipwayError

VARIABLE = "SLIPWAY_TERRAFORM"
PINNED = "1.11.4"
MINIMUM = (1, 10)
"""Oldest Terraform that knows `use_lockfile` of the S3 backend, which the default `lock: both` needs."""


def find_terraform(root: Path) -> Path:
    """The terraform binary for the project at `root`.

    Order: `SLIPWAY_TERRAFORM` (must work, else InputError), `terraform` on PATH when it is at least 1.10,
    `.tools/terraform/<pinned>/terraform`, and at last the pinned release, fetched there with a checked SHA-256.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return _named(Path(named))
    on_path = shutil.which("terraform")
    if on_path is not None and _new_enough(Path(on_path)):
        return Path(on_path)
    own = root / ".tools" / "terraform" / PINNED / "terraform"
    if own.is_file():
        return own
    from slipway.terraform.fetch import fetch_terraform

    return fetch_terraform(own, PINNED, found=_describe(on_path))


def _named(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"{VARIABLE} names {path}, which is not a file", fix=f"Correct or unset {VARIABLE}.")
    if not _new_enough(path):
        wanted = ".".join(map(str, MINIMUM))
        raise InputError(f"{VARIABLE} names {path}, which is Terraform {version(path)}", fix=f"Use Terraform {wanted} or newer.")
    return path


def _new_enough(path: Path) -> bool:
    try:
        numbers = re.match(r"(\d+)\.(\d+)", version(path))
    except SlipwayError:
        return False
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= MINIMUM


def _describe(on_path: str | None) -> str:
    if on_path is None:
        return "no terraform on PATH"
    try:
        return f"{on_path} is version {version(Path(on_path))}"
    except SlipwayError:
        return f"{on_path} does not run"


@cache
def version(path: Path) -> str:
    """The version that the binary reports, such as `1.11.4`. SlipwayError when it does not run."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    try:
        done = subprocess.run(
            [str(path), "version", "-json"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            env={**environ, "CHECKPOINT_DISABLE": "1"},
        )
        return str(json.loads(done.stdout)["terraform_version"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        raise SlipwayError(f"{path} does not run as terraform: {error}", fix=f"Install Terraform {PINNED} or set {VARIABLE}.") from error

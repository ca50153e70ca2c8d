"""The smallest real use of the module: one repository, pulled from by a second account."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.registry.construct import Registry, RegistryRefs
from modules.registry.spec import RegistrySpec


def build(stack: Any) -> None:
    """A repository for inference images that keeps 20 builds and every release."""
    naming = Naming("slipway", "example", "111111111111", "eu-west-1")
    spec = RegistrySpec(build_images_kept=20, force_delete=True, pull_principals=("arn:aws:iam::222222222222:root",))
    refs = RegistryRefs(kms_key_arn=naming.arn("kms", "key/00000000-0000-0000-0000-000000000000"))
    registry = Registry(stack, "inference", naming=naming, name="inference", spec=spec, refs=refs)
    export(stack, "inference", registry.outputs)

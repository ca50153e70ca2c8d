"""The smallest real use of the module: the state of an environment that may be destroyed whole."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.state_backend.construct import StateBackend
from modules.state_backend.spec import StateBackendSpec


def build(stack: Any) -> None:
    """Bucket, lock table and key; staging and production leave `deletion_protection` on."""
    naming = Naming("slipway", "example", "111111111111", "eu-west-1")
    spec = StateBackendSpec(deletion_protection=False, kms_deletion_window_in_days=7)
    state = StateBackend(stack, "state", naming=naming, spec=spec)
    export(stack, "state", state.outputs)

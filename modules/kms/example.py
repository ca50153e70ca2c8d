"""The smallest real use of the module: the key of the model artifacts."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.kms.construct import Key
from modules.kms.spec import KeySpec


def build(stack: Any) -> None:
    """A key that only S3 uses, lost at the earliest 7 days after its destruction was asked for."""
    naming = Naming("slipway", "example", "111111111111", "eu-west-1")
    key = Key(stack, "artifacts_key", naming=naming, spec=KeySpec(deletion_window_in_days=7), purpose="artifacts")
    export(stack, "artifacts_key", key.outputs)

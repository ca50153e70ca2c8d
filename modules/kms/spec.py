"""Options of the `kms` module."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from modules._shared.fields import KeyDeletionWindow
from modules._shared.naming import Naming
from modules._shared.spec import Spec

Purpose = Literal[
    "artifacts", "registry", "inference", "logs", "notifications", "network", "api", "load_test", "training", "operations", "delivery"
]
"""What one key protects: model files | container images | captured and asynchronous data and endpoint volumes | CloudWatch log
groups | SNS topics of alarms | records of the VPC's traffic | variables and execution log of the API | topic and variables of the
load testers."""


def key_alias(naming: Naming, purpose: Purpose) -> str:
    """Alias of the environment's key for a purpose, with its `alias/` prefix."""
    return f"alias/{naming.name(purpose)}"


class KeySpec(Spec):
    """Options that hold for every key of an environment."""

    deletion_window_in_days: KeyDeletionWindow = Field(
        30, description="Days between scheduling a key's deletion and losing it, and all it encrypted, for good (7-30)."
    )
    rotation_period_in_days: int = Field(365, ge=90, le=2560, description="Days between automatic rotations of the key material (90-2560).")

"""Outputs of an environment's stacks."""

from __future__ import annotations

from typing import Any

from slipway.deploy.account import check_account
from slipway.deploy.store import Store
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from slipway.terraform.plan_values import SENSITIVE


def read_outputs(target: Target, stack: str | None = None) -> dict[str, dict[str, Any]]:
    """Stack -> output -> value; a sensitive one is the text `(sensitive)`. SlipwayError before the first deploy."""
    check_account(target)
    if not Store(target, target.state_stack).bucket_exists():
        raise SlipwayError(f"{target.name} is not deployed", fix=f"Run `slipway deploy {target.name}`.")
    found = {}
    for name in [name for name in target.select(stack) if name in target.stacks]:
        terraform = target.terraform(name)
        terraform.init()
        found[name] = {key: SENSITIVE if item.get("sensitive") else item.get("value") for key, item in terraform.outputs().items()}
    return found

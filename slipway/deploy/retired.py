"""Layers that cannot be synthesized any more: their key is gone from the environment's file, or their release lock is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable

from slipway.deploy.store import Store, parse_state
from slipway.deploy.target import Target
from slipway.layers import OPTIONAL, layers_of, stack_name


def stand_in(target: Target, stacks: Iterable[str]) -> None:
    """Give each of these stacks a document with provider and state but without resources: its plan destroys all that it holds."""
    pattern = json.loads((target.folder(target.state_stack) / "cdk.tf.json").read_text(encoding="utf-8"))
    for name in stacks:
        document = {key: pattern[key] for key in ("terraform", "provider") if key in pattern}
        text = json.dumps(document).replace(f"{target.state_stack}.tfstate", f"{name}.tfstate")
        target.folder(name).mkdir(parents=True, exist_ok=True)
        (target.folder(name) / "cdk.tf.json").write_text(text, encoding="utf-8")
    target.prepare()


def retired(target: Target) -> list[str]:
    """Stacks whose key is gone from the environment's file and that still hold resources, the uppermost first.

    Each of them has a stand-in document afterwards.
    """
    kept = layers_of(target.config)
    gone = [stack_name(target.name, layer) for layer in reversed(OPTIONAL) if layer not in kept]
    stand_in(target, gone)
    standing = [name for name in gone if resources(target, name)]
    for name in set(gone) - set(standing):
        shutil.rmtree(target.folder(name))
    return standing


def resources(target: Target, stack: str) -> int:
    """How many resources the stack's state holds; 0 without a state."""
    store = Store(target, stack)
    state = parse_state(store.read(store.key) or b"")
    return state.resources if state is not None else 0

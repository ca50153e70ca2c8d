"""Typed outputs of a module, exported as documented Terraform outputs."""

from __future__ import annotations

from dataclasses import Field, field, fields
from typing import Any

from modules._shared.provider import cdktf


def output(doc: str) -> Any:
    """A dataclass field of an `Outputs` class with the sentence that describes it."""
    return field(metadata={"doc": doc})


def export(stack: Any, prefix: str, outputs: Any) -> None:
    """One Terraform output `<prefix>_<field>` per field of a frozen `Outputs` dataclass."""
    for item in fields(outputs):
        _export_one(stack, f"{prefix}_{item.name}".replace("-", "_"), getattr(outputs, item.name), item)


def _export_one(stack: Any, name: str, value: Any, item: Field[Any]) -> None:
    if value is None:
        return
    # A construct directly below the stack keeps its id as its logical id: letters, digits and _ only.
    cdktf.TerraformOutput(stack, name, value=value, description=item.metadata["doc"])

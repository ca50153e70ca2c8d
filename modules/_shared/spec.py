"""The base of every option model: strict, frozen, literal values only."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """Options a person decides. Unknown keys are errors; values never change after validation.

    A spec holds literals. What only Terraform will know (an ARN, a generated id) is handed to the
    construct in its `Refs`, never here, so no validator ever meets an unresolved token.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=False)

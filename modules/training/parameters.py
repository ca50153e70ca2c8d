"""Parameters of a training pipeline: what one execution may set, and what holds when it does not."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from modules._shared.spec import Spec
from modules.training.fields import Text

_Description = Annotated[str, Field(max_length=4096)]


class StringParameter(Spec):
    """Text."""

    type: Literal["String"] = Field("String", description="Text.")
    default: Text = Field(description="Value of executions that give none. {source} and {bucket} are replaced as in `s3_uri`.")
    enum_values: Annotated[tuple[Text, ...], Field(strict=False)] = Field((), description="The only values allowed. Default: any.")
    description: _Description = Field("", description="What it is for.")

    @model_validator(mode="after")
    def _default_is_allowed(self) -> StringParameter:
        if self.enum_values and self.default not in self.enum_values:
            raise ValueError(f"the default {self.default!r} is none of enum_values: {', '.join(self.enum_values)}")
        return self


class IntegerParameter(Spec):
    """A whole number."""

    type: Literal["Integer"] = Field(description="A whole number.")
    default: int = Field(description="Value of executions that give none.")
    description: _Description = Field("", description="What it is for.")


class FloatParameter(Spec):
    """A number."""

    type: Literal["Float"] = Field(description="A number.")
    default: Annotated[float, Field(strict=False)] = Field(description="Value of executions that give none.")
    description: _Description = Field("", description="What it is for.")


class BooleanParameter(Spec):
    """true or false."""

    type: Literal["Boolean"] = Field(description="true or false.")
    default: bool = Field(description="Value of executions that give none.")
    description: _Description = Field("", description="What it is for.")


AnyParameter = StringParameter | IntegerParameter | FloatParameter | BooleanParameter


def parameter_type(value: Any) -> str:
    """The tag of a parameter's options: what `type` says, or String."""
    found = value.get("type", "String") if isinstance(value, dict) else getattr(value, "type", "String")
    return str(found)


ParameterSpec = Annotated[
    Annotated[StringParameter, Tag("String")]
    | Annotated[IntegerParameter, Tag("Integer")]
    | Annotated[FloatParameter, Tag("Float")]
    | Annotated[BooleanParameter, Tag("Boolean")],
    Discriminator(parameter_type),
]
"""One entry of `parameters`; `type` decides which (default: String)."""

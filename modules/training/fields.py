"""Values that several options of a training pipeline share: text, references to parameters, places of data."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from modules._shared.spec import Spec

NAME_PATTERN = r"^[A-Za-z0-9](-*[A-Za-z0-9]){0,62}$"


def _no_expression(value: str) -> str:
    if "${" in value or "%{" in value:
        raise ValueError("Terraform would read ${ or %{ as an expression; write the literal value")
    return value


Text = Annotated[str, Field(max_length=2500), AfterValidator(_no_expression)]
"""Text that reaches AWS as it is written (hyperparameters: at most 2,500 characters)."""
ParameterName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""Name of a pipeline parameter (pipeline definition schema: ParameterName)."""
ItemName = Annotated[str, Field(pattern=NAME_PATTERN)]
"""Name of an input, output or channel; also the name of its folder in the container."""
FilePath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$", max_length=255)]
"""A file relative to its folder, with / between its parts."""


class ParameterRef(Spec):
    """The value that an execution gives a parameter, or the parameter's default."""

    parameter: ParameterName = Field(description="Name of one of the pipeline's `parameters`.")


Uri = Annotated[str, Field(pattern=r"^(s3://[^\s$%]+|\{(source|bucket)\}[^\s${}%]*)$", max_length=1024)]
"""An S3 address. `{source}` at its beginning stands for where the deploy puts the pipeline's source, `{bucket}` for the training bucket."""


class DataSource(Spec):
    """Where data comes from: what the processing step wrote, or S3."""

    output: ItemName | None = Field(None, description="Name of one of the processing step's `outputs`.")
    s3_uri: Uri | ParameterRef | None = Field(
        None, description="S3 prefix or object, {source}/..., {bucket}/..., or a parameter that holds one. Not together with output."
    )

    def problem(self) -> str | None:
        """Why this source is no source."""
        if (self.output is None) == (self.s3_uri is None):
            return "name either an `output` of the processing step or an `s3_uri`"
        return None

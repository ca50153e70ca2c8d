"""The options of a case file (`cases.yaml`, version 1), as they are written."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from modules._shared.spec import Spec

_MEDIA_TYPE = r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+*-]+(\s*;.*)?$"
_HEADER = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
BODIES = ("body", "body_file", "body_base64")
ANSWERS = ("json", "text", "base64")


def _is_base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"not base64: {error}") from None
    return text


Base64 = Annotated[str, AfterValidator(_is_base64)]


class Expectation(Spec):
    """What the answer must be. Without `json`, `text` or `base64` any body will do."""

    status: int = Field(200, ge=100, le=599, description="HTTP status of the answer.")
    content_type: str | None = Field(
        None, pattern=_MEDIA_TYPE, description="Content type of the answer, such as text/csv; its parameters count only when given."
    )
    json_body: Any = Field(None, alias="json", description="The answer as JSON; numbers within `tolerance`.")
    text: str | None = Field(None, description="The answer as text, line by line; numbers in comma-separated fields within `tolerance`.")
    base64: Base64 | None = Field(None, description="The answer's bytes, in base64.")
    tolerance: float = Field(0.0, ge=0, description="Largest absolute difference of two numbers.")


class CaseEntry(Spec):
    """One request and the answer it must get."""

    name: str = Field(min_length=1, max_length=120, description="What the case is about; each name once.")
    method: str = Field("POST", pattern=r"^[A-Z]{3,10}$", description="HTTP method. An endpoint can only be sent POST.")
    path: str = Field("/invocations", pattern=r"^/[!-~]*$", description="Path of the container. An endpoint can only be sent /invocations.")
    content_type: str | None = Field(
        None, pattern=_MEDIA_TYPE, description="Content type of the body, such as text/csv; none is sent when left out."
    )
    accept: str | None = Field(None, description="Accept header: the wanted content type of the answer.")
    body: str | None = Field(None, description="The body as text, sent as UTF-8.")
    body_file: str | None = Field(None, min_length=1, description="File that holds the body, relative to the case file.")
    body_base64: Base64 | None = Field(None, description="The body's bytes, in base64.")
    headers: dict[Annotated[str, Field(pattern=_HEADER)], str] = Field(default_factory=dict, description="Further headers.")
    takes: float = Field(0.0, ge=0, le=3600, description="Seconds the answer takes at least; marks a case for tests of busy containers.")
    expect: Expectation = Field(description="What the answer must be.")


class CaseFile(Spec):
    """A case file: the same for the container, the endpoint, the API and the load test."""

    version: int = Field(ge=1, le=1, description="Format of the file.")
    cases: list[CaseEntry] = Field(min_length=1, description="The cases, in the order they are sent.")

"""What the API offers of one endpoint: path, method, media types, limits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec

MAX_BODY = 6_291_456
"""Bytes that Lambda takes as one request (quota: invocation payload, synchronous, 6 MB)."""
_MEDIA_TYPE = r"^[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*$"
_MediaType = Annotated[str, Field(pattern=_MEDIA_TYPE, max_length=128)]
_PATH = r"^(/[A-Za-z0-9][A-Za-z0-9._-]*){1,8}$"
RequestHeader = Literal[
    "X-Amzn-SageMaker-Custom-Attributes",
    "X-Amzn-SageMaker-Inference-Component",
    "X-Amzn-SageMaker-Inference-Id",
    "X-Amzn-SageMaker-Session-Id",
    "X-Amzn-SageMaker-Target-Container-Hostname",
    "X-Amzn-SageMaker-Target-Model",
    "X-Amzn-SageMaker-Target-Variant",
]
"""Headers of the SageMaker runtime that a caller may be allowed to send."""
_DEFAULT_HEADERS: tuple[RequestHeader, ...] = (
    "X-Amzn-SageMaker-Custom-Attributes",
    "X-Amzn-SageMaker-Inference-Id",
    "X-Amzn-SageMaker-Target-Model",
    "X-Amzn-SageMaker-Target-Variant",
)


_TEXTS = ("application/jsonlines", "application/x-jsonlines", "application/x-www-form-urlencoded", "application/xml")


class MethodThrottle(Spec):
    """Limits of one method, in place of the stage's."""

    throttling_rate_limit: float = Field(ge=0, le=10_000, description="Requests per second over time.")
    throttling_burst_limit: int = Field(ge=0, le=5_000, description="Requests at once.")


class ApiEndpoint(Spec):
    """One endpoint behind the API."""

    path: str | None = Field(
        None, pattern=_PATH, max_length=256, description="Path below the stage. Default: `/endpoints/<name>/invocations`."
    )
    method: Literal["POST", "PUT", "PATCH"] = Field("POST", description="HTTP method.")
    content_types: Annotated[tuple[_MediaType, ...], Field(strict=False), AtLeast(1)] = Field(
        ("application/json", "text/csv"), max_length=20, description="Media types of requests; any other is answered 415."
    )
    max_request_bytes: int = Field(
        4_194_304, ge=1, le=MAX_BODY, description="Largest body, before base64; a larger one is answered 413. Lambda takes 6291456 bytes."
    )
    request_schema: dict[str, Any] | None = Field(
        None, description="JSON Schema (draft 4) that API Gateway checks bodies against before anything runs. Default: none."
    )
    response_stream: bool = Field(
        False, description="Call InvokeEndpointWithResponseStream, for containers that stream. The answer is sent when it is complete."
    )
    request_headers: Annotated[tuple[RequestHeader, ...], Field(strict=False)] = Field(
        _DEFAULT_HEADERS, description="SageMaker headers that callers may send; any other is answered 400."
    )
    throttle: MethodThrottle | None = Field(None, description="Limits of this method. Default: the stage's.")

    @model_validator(mode="after")
    def _schema_covers_every_type(self) -> ApiEndpoint:
        """API Gateway lets a body of a type without a model pass unchecked."""
        others = [kind for kind in self.content_types if not is_json(kind)]
        if self.request_schema is not None and others:
            raise ValueError(f"request_schema checks JSON only, so a caller could avoid it with {others[0]}; content_types must be JSON")
        return self

    def route(self, name: str) -> str:
        """The path of the endpoint `name`."""
        return self.path or f"/endpoints/{name}/invocations"


def is_text(media_type: str) -> bool:
    """Whether bodies of a media type are text, which API Gateway may hand on as a string."""
    return media_type.startswith("text/") or is_json(media_type) or media_type in _TEXTS or media_type.endswith("+xml")


def is_json(media_type: str) -> bool:
    """Whether a media type means JSON."""
    return media_type == "application/json" or media_type.endswith("+json")

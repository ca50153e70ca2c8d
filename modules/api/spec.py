"""Options of the `api` module: API Gateway and a Lambda function in front of endpoints."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from modules._shared.naming import Naming
from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec
from modules.api.authorization import AuthorizationSpec, AwsIam
from modules.api.endpoints import ApiEndpoint, is_text
from modules.api.options import Canary, Cors, Domain, FunctionSpec, Logging, Throttle, Waf

_Name = Annotated[str, Field(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$")]
_MediaRange = Annotated[str, Field(pattern=r"^(\*/\*|[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*)$")]
Problem = tuple[str, str]


def api_name(naming: Naming) -> str:
    """Name of the REST API: the dimension ApiName of its metrics."""
    return naming.name("api")


def stage_name(naming: Naming) -> str:
    """Name of the stage: the first part of every path, and the dimension Stage."""
    return naming.environment


def function_name(naming: Naming) -> str:
    """Name of the Lambda function: the dimension FunctionName."""
    return naming.name("api")


def function_log_group(naming: Naming) -> str:
    """Log group of the function."""
    return f"/aws/lambda/{function_name(naming)}"


def access_log_group(naming: Naming) -> str:
    """Log group of the access log."""
    return f"/aws/apigateway/{api_name(naming)}/access"


class ApiSpec(Spec):
    """The API: what it offers, to whom, and within which limits."""

    endpoints: dict[_Name, ApiEndpoint] = Field(min_length=1, max_length=50, description="What is offered, by the keys of `endpoints`.")
    authorization: AuthorizationSpec = Field(default_factory=AwsIam, description="Who may call.")
    function: FunctionSpec = Field(FunctionSpec(), description="The Lambda function.")
    throttle: Throttle = Field(Throttle(), description="Limits of all callers together.")
    logging: Logging = Field(Logging(), description="Access and execution logs.")
    xray_tracing_enabled: bool = Field(True, description="Traces of requests in X-Ray.")
    binary_media_types: Annotated[tuple[_MediaRange, ...], Field(strict=False), AtLeast(1)] = Field(
        ("application/octet-stream", "application/x-npy", "application/x-parquet", "image/jpeg", "image/png"),
        description="Media types that are not text, or `*/*` for all; they reach the endpoint byte for byte.",
    )
    minimum_compression_size: int | None = Field(
        None, ge=0, le=10_485_760, description="Bytes from which answers are compressed for clients that ask. Default: never."
    )
    cors: Cors | None = Field(None, description="Browsers of other origins. Default: none.")
    waf: Waf | None = Field(None, description="Web application firewall. Default: none.")
    domain: Domain | None = Field(None, description="Custom domain name. Default: the API's own.")
    canary: Canary | None = Field(None, description="A part of the traffic for chosen variants. Default: none.")

    @model_validator(mode="after")
    def _routes_are_unique(self) -> ApiSpec:
        seen: dict[tuple[str, str], str] = {}
        for name, endpoint in self.endpoints.items():
            other = seen.setdefault((endpoint.method, endpoint.route(name)), name)
            if other != name:
                raise ValueError(f"endpoints.{name}: {endpoint.method} {endpoint.route(name)} is endpoint {other}'s already")
        return self

    @model_validator(mode="after")
    def _binary_bodies_stay_whole(self) -> ApiSpec:
        """API Gateway takes whatever is not named as binary for UTF-8, and replaces the bytes that are not."""
        for name, endpoint in self.endpoints.items():
            for kind in endpoint.content_types:
                if not is_text(kind) and not _covered(kind, self.binary_media_types):
                    raise ValueError(f"endpoints.{name}.content_types: {kind} is not text; name it in binary_media_types too")
        return self

    @model_validator(mode="after")
    def _canary_is_offered(self) -> ApiSpec:
        unknown = sorted(set(self.canary.target_variants) - set(self.endpoints)) if self.canary else []
        if unknown:
            raise ValueError(f"canary.target_variants: {', '.join(unknown)} is not offered in endpoints")
        return self


def _covered(kind: str, ranges: tuple[str, ...]) -> bool:
    return "*/*" in ranges or kind in ranges

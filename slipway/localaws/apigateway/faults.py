"""The errors that API Gateway answers itself, with its types, statuses, texts and headers (developer guide, "Gateway response types")."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A gateway response type: its default status, message and x-amzn-ErrorType."""

    type: str
    status: int
    message: str
    error: str


KINDS = {
    kind.type: kind
    for kind in (
        Kind("ACCESS_DENIED", 403, "User is not authorized to access this resource", "AccessDeniedException"),
        Kind("API_CONFIGURATION_ERROR", 500, "Internal server error", "InternalServerErrorException"),
        Kind("AUTHORIZER_CONFIGURATION_ERROR", 500, "Internal server error", "AuthorizerConfigurationException"),
        Kind("BAD_REQUEST_BODY", 400, "Invalid request body", "BadRequestException"),
        Kind("BAD_REQUEST_PARAMETERS", 400, "Missing required request parameters", "BadRequestException"),
        Kind("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", "InternalServerErrorException"),
        Kind("INVALID_API_KEY", 403, "Forbidden", "ForbiddenException"),
        Kind("INVALID_SIGNATURE", 403, "The request signature we calculated does not match", "InvalidSignatureException"),
        Kind("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token", "MissingAuthenticationTokenException"),
        Kind("QUOTA_EXCEEDED", 429, "Limit Exceeded", "LimitExceededException"),
        Kind("REQUEST_TOO_LARGE", 413, "Request Too Long", "RequestEntityTooLargeException"),
        Kind("THROTTLED", 429, "Too Many Requests", "TooManyRequestsException"),
        Kind("UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException"),
        Kind("UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type", "UnsupportedMediaTypeException"),
        Kind("DEFAULT_5XX", 502, "Internal server error", "InternalServerErrorException"),
    )
}
"""Every type that the local API Gateway answers. DEFAULT_5XX here is a function that failed: 502, as the proxy integration answers it."""


class GatewayFault(Exception):
    """A request that API Gateway itself refuses or fails. `log`: what the execution log says of it."""

    def __init__(self, kind: str, message: str = "", *, error: str = "", validation: str = "", log: str = "") -> None:
        self.kind = KINDS[kind]
        self.message = message or self.kind.message
        self.error = error or self.kind.error
        self.validation = validation
        self.log = log
        super().__init__(self.message)

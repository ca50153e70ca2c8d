"""Whatever goes wrong, as an HTTP status and a code. The table is in the module's README."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_THROTTLED = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"})
_DENIED = frozenset(
    {"AccessDeniedException", "AccessDenied", "UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException"}
)
_UNAVAILABLE = frozenset({"ServiceUnavailable", "ServiceUnavailableException", "ModelNotReadyException"}) | {
    "ResourceConflictException",
    "ResourceNotReadyException",
}
"""What SageMaker says, and Lambda of a function that is being made."""
_PASSED = frozenset({400, 406, 413, 415, 422, 429})
_MISSING = re.compile(r"endpoint .*not found|could not find (the )?endpoint", re.I)
_STATES = "creating|failed|deleting|out ?of ?service|simulated|rolling ?back"
_NOT_SERVING = re.compile(rf"not in service|status of endpoint|endpoint \S+ is ({_STATES})", re.I)
_TOO_LARGE = re.compile(r"(body|payload|request).*(too large|exceed)|length less than or equal to", re.I)
_TIMED_OUT = re.compile(r"timed? ?out", re.I)


@dataclass(frozen=True)
class Fault(Exception):
    """An answer that is no success. `message` is for the caller, `detail` for the log alone."""

    status: int
    code: str
    message: str
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def throttled(detail: str = "") -> Fault:
    """Too many requests at once."""
    return Fault(429, "THROTTLED", "The endpoint takes no more requests at the moment.", detail, {"Retry-After": "1"})


def unavailable(detail: str = "") -> Fault:
    """The endpoint is there, but does not answer now."""
    return Fault(503, "ENDPOINT_UNAVAILABLE", "The endpoint is not in service at the moment.", detail, {"Retry-After": "10"})


def timed_out(detail: str = "") -> Fault:
    """The model needed longer than the API waits."""
    return Fault(504, "ENDPOINT_TIMEOUT", "The endpoint did not answer in time.", detail)


def from_client_error(response: Mapping[str, Any]) -> Fault:
    """The fault behind an error answer of SageMaker, Lambda or S3 (botocore's `ClientError.response`)."""
    error = response.get("Error", {})
    code, text = str(error.get("Code", "")), str(error.get("Message", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
    if code in _THROTTLED:
        return throttled(text)
    if code == "ModelError":
        return from_model(int(response.get("OriginalStatusCode") or 0), str(response.get("OriginalMessage") or text))
    if code in ("ModelStreamError", "InternalStreamFailure"):
        return timed_out(code) if "TimeExceeded" in text else Fault(502, "MODEL_ERROR", "The endpoint's answer broke off.", code)
    if code in _UNAVAILABLE or status == 503:
        return unavailable(text)
    if code in _DENIED:
        # The caller was let in; what is missing are permissions of this function.
        return Fault(500, "ACCESS_TO_ENDPOINT", "The API may not call the endpoint.", text)
    if status == 413 or (status < 500 and _TOO_LARGE.search(text)):
        return Fault(413, "REQUEST_TOO_LARGE", "The endpoint takes no body of this size.", text)
    if code == "ResourceNotFoundException":
        return Fault(404, "ENDPOINT_NOT_FOUND", "There is no such endpoint.", text)
    if code in ("ValidationError", "ValidationException"):
        return _from_validation(text)
    return Fault(502, "ENDPOINT_ERROR", "The endpoint could not be called.", f"{code}: {text}")


def _from_validation(text: str) -> Fault:
    if _MISSING.search(text):
        return Fault(404, "ENDPOINT_NOT_FOUND", "There is no such endpoint.", text)
    if _NOT_SERVING.search(text):
        return unavailable(text)
    return Fault(400, "BAD_REQUEST", "SageMaker refused the request: a header names what the endpoint does not have.", text)


def from_model(status: int, text: str = "") -> Fault:
    """The fault behind a container's own answer. What the caller can mend keeps its status. The text may quote the input: it stays here."""
    if status in (0, 504) or _TIMED_OUT.search(text):
        return timed_out(f"model answered {status}")
    if status in _PASSED:
        return Fault(status, "MODEL_REFUSED", f"The model refused the request with status {status}.", f"model answered {status}")
    if status == 503:
        return unavailable("model answered 503")
    if status < 500:
        return Fault(424, "MODEL_ERROR", f"The model answered with status {status}.", f"model answered {status}")
    return Fault(502, "MODEL_ERROR", f"The model failed with status {status}.", f"model answered {status}")

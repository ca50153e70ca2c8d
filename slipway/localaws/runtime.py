"""SageMaker runtime: an endpoint must exist; serving it is not here."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException
from moto.sagemaker.models import sagemaker_backends
from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

from slipway.localaws.patches import wraps

_REASON = "moto answers for endpoints that do not exist, and with an invented body for those that do"


class EndpointNotFound(ServiceException):
    """The runtime's own error for a missing endpoint."""

    code = "ValidationError"


@wraps(SageMakerRuntimeResponse, "invoke_endpoint", _REASON)
@wraps(SageMakerRuntimeResponse, "invoke_endpoint_async", _REASON)
def invoke(_original: Any, self: Any) -> Any:
    """Refuse: either there is no such endpoint, or nothing runs behind it."""
    name = self.path.split("/")[2]
    if name not in sagemaker_backends[self.current_account][self.region].endpoints:
        raise EndpointNotFound(f"Endpoint {name} of account {self.current_account} not found.")
    raise NotImplementedError(f"endpoint {name} exists, but the local AWS runs no containers, so nothing can answer")

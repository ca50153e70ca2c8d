"""From an HTTP request of the SageMaker runtime to its answer."""

from __future__ import annotations

import logging

from slipway.localaws.errors import LOCAL_ERROR, NOT_IMPLEMENTED, error
from slipway.localaws.hosting import live as hosting
from slipway.localaws.request import Call, Environ
from slipway.localaws.responses import Answer
from slipway.localaws.runtime import async_invoke, invoke, stream
from slipway.localaws.runtime.errors import RuntimeFault, ServiceUnavailable, ValidationError
from slipway.localaws.runtime.request import Invocation, read

LOG = logging.getLogger("slipway.localaws")
_HANDLERS = {
    "InvokeEndpoint": invoke.invoke_endpoint,
    "InvokeEndpointAsync": async_invoke.invoke_endpoint_async,
    "InvokeEndpointWithResponseStream": stream.invoke_endpoint_with_response_stream,
}


def answer(call: Call, environ: Environ) -> Answer:
    """The answer to one invocation; every failure in the shape that botocore's model gives it. Called without the lock."""
    try:
        invocation = read(call, environ)
        return _HANDLERS[invocation.operation](invocation, _endpoint(invocation))
    except RuntimeFault as fault:
        return fault.answer()
    except hosting.Unavailable as unavailable:
        if unavailable.simulated:
            return error(call.protocol, NOT_IMPLEMENTED, f"The local AWS cannot answer: {unavailable.reason}")
        return ServiceUnavailable(unavailable.reason).answer() if unavailable.temporary else ValidationError(unavailable.reason).answer()
    except Exception as reason:
        LOG.exception("%s failed", call.label)
        return error(call.protocol, LOCAL_ERROR, f"{call.label} failed inside the local AWS: {type(reason).__name__}: {reason}")


def _endpoint(invocation: Invocation) -> hosting.LiveEndpoint:
    endpoint = hosting.live(invocation.account, invocation.region, invocation.endpoint)
    if endpoint is None:
        raise ValidationError(f"Endpoint {invocation.endpoint} of account {invocation.account} not found.")
    return endpoint

"""InvokeEndpoint: choose who answers, ask it, measure it, keep a copy."""

from __future__ import annotations

import time

from slipway.localaws.hosting.live import LiveEndpoint, Target
from slipway.localaws.responses import Answer
from slipway.localaws.runtime import capture, measure, serverless, shadow
from slipway.localaws.runtime.container import Outcome, model_error, send
from slipway.localaws.runtime.errors import RuntimeFault, ValidationError
from slipway.localaws.runtime.request import Invocation

_RETURNED = {
    "x-amzn-sagemaker-custom-attributes": "X-Amzn-SageMaker-Custom-Attributes",
    "x-amzn-sagemaker-new-session-id": "X-Amzn-SageMaker-New-Session-Id",
    "x-amzn-sagemaker-closed-session-id": "X-Amzn-SageMaker-Closed-Session-Id",
}


def invoke_endpoint(invocation: Invocation, endpoint: LiveEndpoint) -> Answer:
    """One synchronous request. Raises the errors of the runtime; a bad answer of the container is ModelError."""
    target, outcome = invoked(invocation, endpoint)
    return Answer(200, result_headers(target, outcome, "Content-Type"), outcome.body)


def invoked(invocation: Invocation, endpoint: LiveEndpoint) -> tuple[Target, Outcome]:
    """Run one request through a variant with all that belongs to it. Returns a good outcome, or raises."""
    started = time.monotonic()
    if "AsyncInferenceConfig" in endpoint.config:
        raise ValidationError(f"Endpoint {endpoint.name} of account {endpoint.account} is asynchronous; use InvokeEndpointAsync.")
    with choose(invocation, endpoint) as target:
        _check_target_model(invocation, target)
        outcome = answered(invocation, endpoint, target, started)
    capture.keep(invocation, endpoint, target, outcome)
    shadow.copy(invocation, endpoint)
    if not outcome.good:
        raise model_error(endpoint, target, outcome)
    return target, outcome


def choose(invocation: Invocation, endpoint: LiveEndpoint) -> Target:
    """A leased target. ValidationError for a TargetVariant that the endpoint lacks; Unavailable when nothing runs."""
    wanted = invocation.get("TargetVariant")
    try:
        return endpoint.choose(wanted)
    except KeyError:
        raise ValidationError(f"Variant {wanted} not found in endpoint {endpoint.name} of account {endpoint.account}.") from None


def answered(invocation: Invocation, endpoint: LiveEndpoint, target: Target, started: float) -> Outcome:
    """The container's answer, with its metrics emitted. `started`: when the request came in, on the monotonic clock."""
    instances = max(1, instance_count(endpoint, target.variant))
    try:
        with serverless.admitted(endpoint, target, len(invocation.body)) as setup, measure.concurrent(endpoint, target.variant, instances):
            outcome = send(target, invocation)
    except RuntimeFault as fault:
        measure.invocation(endpoint, target.variant, instances, fault.status, None, time.monotonic() - started)
        raise
    overhead = max(0.0, time.monotonic() - started - outcome.seconds - setup.seconds)
    measure.invocation(endpoint, target.variant, instances, outcome.status, outcome.seconds, overhead)
    return outcome


def instance_count(endpoint: LiveEndpoint, variant: str) -> int:
    """Instances in service of a variant; 1 for a serverless or shadow one."""
    return next((state.current for state in endpoint.variants() if state.name == variant), 1)


def result_headers(target: Target, outcome: Outcome, content_type: str) -> list[tuple[str, str]]:
    """What the client sees of the container's headers, and who answered; `content_type` is the header's name in the operation."""
    found = [(content_type, outcome.headers.get("content-type", "application/octet-stream"))]
    found.append(("x-Amzn-Invoked-Production-Variant", target.variant))
    return found + [(name, outcome.headers[key]) for key, name in _RETURNED.items() if key in outcome.headers]


def _check_target_model(invocation: Invocation, target: Target) -> None:
    named = invocation.get("TargetModel")
    if target.multi_model and not named:
        raise ValidationError("Invalid TargetModel header: a multi-model endpoint needs one.")
    if named and not target.multi_model:
        raise ValidationError("Target model header is only supported for multi-model endpoints.")

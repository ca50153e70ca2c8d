"""One request to a container, and what becomes of its answer: a result, or ModelError in AWS's words."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slipway.localaws.hosting.live import LiveEndpoint, ModelNotLoaded, Target
from slipway.localaws.runtime.errors import ModelError, ModelNotReadyException, ValidationError
from slipway.localaws.runtime.request import Invocation

if TYPE_CHECKING:
    from slipway.containers.client import Response

MODEL_SECONDS = 60.0
"""How long a model may take (SageMaker, InvokeEndpoint: "respond to requests within 60 seconds"). Not scaled: models are real."""
LARGEST_ANSWER = 6 * 1024 * 1024
"""Bytes of an answer that SageMaker passes on."""
_ORIGINAL_MESSAGE = 2048
_PASSED = {
    "ContentType": "Content-Type",
    "Accept": "Accept",
    "CustomAttributes": "X-Amzn-SageMaker-Custom-Attributes",
    "InferenceId": "X-Amzn-SageMaker-Inference-Id",
    "EnableExplanations": "X-Amzn-SageMaker-Enable-Explanations",
    "SessionId": "X-Amzn-SageMaker-Session-Id",
}


@dataclass(frozen=True)
class Outcome:
    """What a container did with one request. `status` 0: it gave no answer at all; `body` says why then. `seconds` it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def good(self) -> bool:
        """Whether SageMaker passes the answer on as a result."""
        return 200 <= self.status < 300


def headers(invocation: Invocation) -> dict[str, str]:
    """What SageMaker passes on to the container."""
    return {header: invocation.members[member] for member, header in _PASSED.items() if member in invocation.members}


def send(
    target: Target, invocation: Invocation, body: bytes | None = None, *, timeout: float | None = None, largest: int = LARGEST_ANSWER
) -> Outcome:
    """Send the request to a leased target. A container that dies or is too slow is an outcome, too.

    `body` replaces the invocation's own; `timeout` in real seconds, MODEL_SECONDS without one; `largest` answer in bytes.
    Raises ModelNotReadyException, ModelError and ValidationError for what is wrong with TargetModel and TargetContainerHostname.
    """
    from slipway.containers.client import ConnectionFailed

    seconds = MODEL_SECONDS if timeout is None else timeout
    started = time.monotonic()
    try:
        answer = target.invoke(
            invocation.body if body is None else body,
            headers(invocation),
            target_model=invocation.get("TargetModel"),
            hostname=invocation.get("TargetContainerHostname"),
            timeout=seconds,
        )
    except ConnectionFailed as failed:
        took = time.monotonic() - started
        return Outcome(0, {}, _no_answer(failed, took, seconds).encode(), took)
    except KeyError as unknown:
        raise ValidationError(f"No container {unknown.args[0]} in the model of variant {target.variant}.") from None
    except ModelNotLoaded as failed:
        raise _not_loaded(failed, target) from None
    return _outcome(answer, largest)


def model_error(endpoint: LiveEndpoint, target: Target, outcome: Outcome) -> ModelError:
    """The ModelError that SageMaker makes of a bad answer."""
    kind = "client" if 400 <= outcome.status < 500 else "server"
    text = outcome.body.decode("utf-8", "replace")[:_ORIGINAL_MESSAGE]
    group = f"/aws/sagemaker/Endpoints/{endpoint.name}"
    console = f"https://{endpoint.region}.console.aws.amazon.com/cloudwatch/home?region={endpoint.region}#logEventViewer:group={group}"
    return ModelError(
        f'Received {kind} error ({outcome.status}) from {_container(target)} with message "{text}". '
        f"See {console} in account {endpoint.account} for more information.",
        OriginalStatusCode=outcome.status,
        OriginalMessage=text,
        LogStreamArn=f"arn:aws:logs:{endpoint.region}:{endpoint.account}:log-group:{group}",
    )


def _container(target: Target) -> str:
    return str(target.model.get("PrimaryContainer", {}).get("ContainerHostname") or "primary")


def _no_answer(failed: Exception, seconds: float, timeout: float) -> str:
    if seconds >= timeout:
        return (
            "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each "
            "container in Amazon CloudWatch, resolve the issue, and try again."
        )
    return f"The container closed the connection without an answer ({failed})"


def _not_loaded(failed: ModelNotLoaded, target: Target) -> Exception:
    if failed.status in (400, 404):
        return ValidationError(failed.message)
    if failed.status in (409, 429, 503):
        return ModelNotReadyException(failed.message)
    return ModelError(
        f'Received server error ({failed.status}) from {_container(target)} with message "{failed.message}".',
        OriginalStatusCode=failed.status,
        OriginalMessage=failed.message[:_ORIGINAL_MESSAGE],
    )


def _outcome(answer: Response, largest: int) -> Outcome:
    if len(answer.body) > largest:
        text = f"The response of the container is larger than {largest} bytes"
        return Outcome(0, {}, text.encode(), answer.seconds)
    return Outcome(answer.status, answer.headers, answer.body, answer.seconds)

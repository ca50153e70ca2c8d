"""One call of an endpoint and its answer: InvokeEndpoint, or Lambda's Invoke."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from slipway.artifacts.account import Account, error_code
from slipway.errors import InputError, SlipwayError
from slipway.invoke.endpoint import Endpoint

MODEL_ERROR = "ModelError"


@dataclass(frozen=True)
class Call:
    """What to send. Empty options are left out of the request."""

    body: bytes = b""
    content_type: str = ""
    accept: str = ""
    variant: str = ""
    target_model: str = ""
    inference_id: str = ""
    custom_attributes: str = ""

    def parameters(self) -> dict[str, Any]:
        """The parameters of InvokeEndpoint besides the endpoint's name."""
        options = {
            "ContentType": self.content_type,
            "Accept": self.accept,
            "TargetVariant": self.variant,
            "TargetModel": self.target_model,
            "InferenceId": self.inference_id,
            "CustomAttributes": self.custom_attributes,
        }
        return {"Body": self.body, **{name: value for name, value in options.items() if value}}


@dataclass(frozen=True)
class Answer:
    """`status` is the container's own. `seconds` is the whole call, network included. `log_stream` only after a model error."""

    status: int
    body: bytes
    content_type: str
    variant: str
    seconds: float
    log_stream: str = ""

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")


def ask(account: Account, endpoint: Endpoint, call: Call) -> Answer:
    """Send one request. A model error (the container answered 4xx or 5xx) is an answer too.

    SlipwayError for everything that SageMaker itself refuses; InputError for parameters that cannot be sent.
    """
    from botocore.exceptions import ClientError, ParamValidationError

    if endpoint.hosting == "lambda":
        from slipway.invoke.function import ask_function

        return ask_function(account, endpoint, call)
    started = time.monotonic()
    try:
        found = account.client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint.name, **call.parameters())
        body = found["Body"].read()
    except ParamValidationError as error:
        raise InputError(f"the request cannot be sent: {error}", fix="correct the options") from None
    except ClientError as error:
        seconds = time.monotonic() - started
        if error_code(error) != MODEL_ERROR:
            raise refused(error, endpoint) from None
        details: Any = error.response
        text = str(details.get("OriginalMessage", "")).encode()
        return Answer(int(details.get("OriginalStatusCode", 500)), text, "", "", seconds, str(details.get("LogStreamArn", "")))
    seconds = time.monotonic() - started
    status = int(found["ResponseMetadata"]["HTTPStatusCode"])
    return Answer(status, body, found.get("ContentType", ""), found.get("InvokedProductionVariant", ""), seconds)


def require_success(endpoint: Endpoint, answer: Answer) -> None:
    """SlipwayError with the container's own status, message and log when the model did not predict."""
    if answer.status < 400:
        return
    where = answer.log_stream or endpoint.log_group
    message = f"the model of {endpoint.name} answered {answer.status}: {answer.text.strip()[:600] or 'nothing'}"
    details = {"original_status": answer.status, "original_message": answer.text, "log": where}
    raise SlipwayError(message, fix=f"its log is {where}", details=details)


def refused(error: Any, endpoint: Endpoint) -> SlipwayError:
    """What SageMaker says about a request that never reached the model."""
    code, message = error_code(error), str(error.response.get("Error", {}).get("Message", ""))
    fixes = {
        "ValidationError": "correct the request; `slipway invoke --help` names its options",
        "ThrottlingException": "send fewer requests at a time, or let the endpoint scale",
        "ServiceUnavailable": "try again; the endpoint has no free capacity",
        "ModelNotReadyException": "try again: the model is still being loaded",
        "AccessDeniedException": "use a role that may call sagemaker:InvokeEndpoint",
    }
    return SlipwayError(f"endpoint {endpoint.name}: {code} {message}".strip(), fix=fixes.get(code, ""), details={"code": code})

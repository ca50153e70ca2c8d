"""Asks a model that is a Lambda function, by its alias, as the API does."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from modules.api.function.events import content, event, model_status
from modules.lambda_endpoint.spec import ALIAS, function_name, log_group
from slipway.artifacts.account import Account, error_code, explain
from slipway.errors import InputError, SlipwayError

if TYPE_CHECKING:
    from slipway.invoke.call import Answer, Call
    from slipway.invoke.endpoint import Endpoint

HOSTING = "lambda"


def find_function(account: Account, key: str) -> Endpoint:
    """The function of the endpoint with that key. InputError when it is not deployed."""
    from botocore.exceptions import ClientError

    from slipway.invoke.endpoint import Endpoint

    name = function_name(account.naming, key)
    try:
        found = account.client("lambda").get_function_configuration(FunctionName=name, Qualifier=ALIAS)
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            text = f"there is no function {name} in account {account.config.account_id}"
            raise InputError(text, fix=f"slipway deploy {account.config.name}") from None
        raise explain(error, f"cannot describe function {name}", account) from None
    group = log_group(account.naming, key)
    return Endpoint(name, found.get("State", "Active"), found["Version"], found.get("StateReason", ""), HOSTING, group)


def ask_function(account: Account, endpoint: Endpoint, call: Call) -> Answer:
    """Invoke the function once. What the container answers is an answer, whatever its status.

    InputError for options that only SageMaker knows, SlipwayError for what Lambda refuses and for a function that fails by itself.
    """
    from botocore.exceptions import ClientError

    from slipway.invoke.call import Answer

    if any((call.variant, call.target_model, call.inference_id, call.custom_attributes)):
        raise InputError(f"{endpoint.name} is a Lambda function", fix="leave out --variant, --target-model and --inference-id")
    payload = json.dumps(event(call.body, call.content_type, call.accept)).encode()
    started = time.monotonic()
    try:
        found = account.client("lambda").invoke(FunctionName=endpoint.name, Qualifier=ALIAS, Payload=payload)
        answer = json.loads(found["Payload"].read())
    except ClientError as error:
        raise _refused(error, endpoint) from None
    seconds = time.monotonic() - started
    if not found.get("FunctionError"):
        status, content_type, body = content(answer)
        return Answer(status, body, content_type, "", seconds)
    kind, text = str(answer.get("errorType", "")), str(answer.get("errorMessage", ""))
    if (own := model_status(kind)) is not None:
        return Answer(own, text.encode(), "", "", seconds, endpoint.log_group)
    details = {"error_type": kind, "log": endpoint.log_group}
    raise SlipwayError(f"function {endpoint.name} failed: {kind} {text}".strip(), fix=f"its log is {endpoint.log_group}", details=details)


def _refused(error: object, endpoint: Endpoint) -> SlipwayError:
    code = error_code(error)
    message = str(getattr(error, "response", {}).get("Error", {}).get("Message", ""))
    fixes = {
        "TooManyRequestsException": "send fewer requests at a time, or raise hosting.reserved_concurrent_executions",
        "RequestTooLargeException": "send less at a time: a function takes 6 MB as JSON, base64 included",
        "AccessDeniedException": "use a role that may call lambda:InvokeFunction",
    }
    return SlipwayError(f"function {endpoint.name}: {code} {message}".strip(), fix=fixes.get(code, ""), details={"code": code})

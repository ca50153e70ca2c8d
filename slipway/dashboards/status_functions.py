"""Models in Lambda functions, as `slipway status` shows endpoints: the alias `live` in place of a variant."""

from __future__ import annotations

from typing import Any

from modules.lambda_endpoint.spec import ALIAS, function_name
from slipway.artifacts.account import Account, error_code
from slipway.dashboards.scaling import ranges
from slipway.dashboards.status import MISSING, EndpointStatus, Variant

HOSTING = "lambda"
METRICS = {
    "requests": ("Invocations", "Sum"),
    "errors4": ("Throttles", "Sum"),
    "errors5": ("Errors", "Sum"),
    "p50": ("Duration", "p50"),
    "p99": ("Duration", "p99"),
}
"""What stands in for an endpoint's metrics. A throttled request is answered 429; 4XX of the model itself are answers to Lambda."""
_ABSENT = ("ResourceNotFoundException",)


def function_status(account: Account, key: str) -> EndpointStatus:
    """State of the function and version, provisioned concurrency and scaling range of its alias. Raises botocore's errors."""
    from botocore.exceptions import ClientError

    name = function_name(account.naming, key)
    try:
        found = account.client("lambda").get_function_configuration(FunctionName=name, Qualifier=ALIAS)
    except ClientError as error:
        if error_code(error) in _ABSENT:
            return EndpointStatus(key, name, HOSTING, MISSING)
        raise
    wanted, ready = _provisioned(account, name)
    least, most = ranges(account, HOSTING, [f"function:{name}:{ALIAS}"]).get(f"function:{name}:{ALIAS}", (None, None))
    alias = Variant(ALIAS, 100.0, wanted, ready, f"version {found['Version']}", minimum=least, maximum=most)
    return EndpointStatus(key, name, HOSTING, found.get("State", "Active"), found.get("StateReason", ""), (alias,))


def _provisioned(account: Account, name: str) -> tuple[int, int]:
    """Environments that are to be kept ready, and that are."""
    from botocore.exceptions import ClientError

    try:
        found: dict[str, Any] = account.client("lambda").get_provisioned_concurrency_config(FunctionName=name, Qualifier=ALIAS)
    except ClientError as error:
        if error_code(error) == "ProvisionedConcurrencyConfigNotFoundException":
            return 0, 0
        raise
    return found["RequestedProvisionedConcurrentExecutions"], found.get("AvailableProvisionedConcurrentExecutions", 0)

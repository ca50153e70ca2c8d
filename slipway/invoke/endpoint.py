"""Finds the endpoint a person means, and says why it cannot answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slipway.artifacts.account import Account, error_code, explain
from slipway.config.problems import nearest
from slipway.errors import InputError, SlipwayError

LOG_GROUP = "/aws/sagemaker/Endpoints/"
_MISSING = ("ValidationException", "ResourceNotFound", "ResourceNotFoundException")
_SERVING = ("InService", "Updating", "SystemUpdating", "RollingBack", "Active")
"""States in which requests are answered: an update keeps the old fleet until the new one serves. Active: a function's."""


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as DescribeEndpoint shows it; `reason` is its FailureReason.

    For `hosting` lambda a function as GetFunctionConfiguration shows it: `config` is the version behind its alias; for fargate a service:
    `config` is the revision of its task definition. `own_log_group`: where the log is not where SageMaker writes it.
    """

    name: str
    status: str
    config: str
    reason: str = ""
    hosting: str = "sagemaker"
    own_log_group: str = ""

    @property
    def log_group(self) -> str:
        """The CloudWatch log group of its containers."""
        return self.own_log_group or LOG_GROUP + self.name

    def require_serving(self) -> None:
        """SlipwayError with SageMaker's FailureReason when it does not answer requests, InputError when it does so elsewhere."""
        if self.hosting == "fargate":
            from slipway.invoke.service import refuse_from_outside

            raise refuse_from_outside(self)
        if self.status not in _SERVING:
            reason = f": {self.reason}" if self.reason else ""
            fix = "wait until it is there" if self.status in ("Creating", "Pending") else f"see its log: {self.log_group}"
            raise SlipwayError(f"endpoint {self.name} is {self.status}{reason}", fix=fix, details={"status": self.status})


def find_endpoint(account: Account, named: str) -> Endpoint:
    """The endpoint of that key in the environment, or of that whole name. InputError naming the nearest ones when there is none."""
    whole = account.naming.name(named)
    for key, entry in account.config.other_hosting.items():
        if named in (key, account.naming.name(key)):
            return _hosted(account, key, entry.hosting.kind)
    for name in dict.fromkeys((whole, named)):
        found = _describe(account, name)
        if found is not None:
            return Endpoint(name, found["EndpointStatus"], found.get("EndpointConfigName", ""), found.get("FailureReason", ""))
    raise _missing(account, named, whole)


def _hosted(account: Account, key: str, kind: str) -> Endpoint:
    """What is no SageMaker endpoint: a function, or nothing that can be asked from here."""
    if kind == "lambda":
        from slipway.invoke.function import find_function

        return find_function(account, key)
    if kind == "fargate":
        from slipway.invoke.service import find_service

        return find_service(account, key)
    raise InputError(f"{key} is hosted by {kind}: it answers no requests", fix=f"slipway batch {account.config.name}")


def _describe(account: Account, name: str) -> dict[str, Any] | None:
    from botocore.exceptions import ClientError, ParamValidationError

    try:
        found: dict[str, Any] = account.client("sagemaker").describe_endpoint(EndpointName=name)
    except ParamValidationError:
        return None
    except ClientError as error:
        if error_code(error) in _MISSING:
            return None
        raise explain(error, f"cannot describe endpoint {name}", account) from None
    return found


def _missing(account: Account, named: str, whole: str) -> InputError:
    """No such endpoint: the nearest names, or what to deploy first."""
    config = account.config
    prefix = account.naming.name("")
    there = [name.removeprefix(prefix) for name in _names(account)]
    if near := nearest(named, there) or nearest(whole, there):
        fix = f"did you mean {near}? Endpoints there: {', '.join(sorted(there))}"
    elif there:
        fix = f"endpoints there: {', '.join(sorted(there))}"
    elif named in config.endpoints:
        fix = f"deploy it first: slipway deploy {config.name}"
    else:
        fix = f"{config.name} has no endpoint yet; see `slipway list`"
    return InputError(f"no endpoint {named} in account {config.account_id} ({config.name})", fix=fix)


def _names(account: Account) -> Iterator[str]:
    pages = account.client("sagemaker").get_paginator("list_endpoints").paginate(PaginationConfig={"MaxItems": 500})
    for page in pages:
        yield from (item["EndpointName"] for item in page["Endpoints"])

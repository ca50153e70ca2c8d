"""Provisioned concurrency, which moto lacks: how many environments of a version or an alias are kept ready."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import unquote

from moto.awslambda import urls
from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.awslambda.models import LambdaBackend
from moto.awslambda.responses import LambdaResponse

from slipway.localaws.functions import pool, route, settings
from slipway.localaws.functions.definition import Function, UnknownFunction, find
from slipway.localaws.patches import adds, wraps
from slipway.localaws.runtime import workers

_WHY = "moto has no provisioned concurrency"
urls.url_paths[r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency/?$"] = LambdaResponse.dispatch


class _Missing(LambdaClientError):
    code = 404

    def __init__(self) -> None:
        super().__init__("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function")


@adds(LambdaResponse, _WHY)
def put_provisioned_concurrency_config(self: Any) -> tuple[int, dict[str, Any], str]:
    """Keep so many ready. They are called ready at once, and are a little later."""
    function, qualifier = _asked(self)
    wanted = int(self.json_body["ProvisionedConcurrentExecutions"])
    reserved = function.reserved_concurrency
    if reserved is not None and wanted > int(reserved):
        text = "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
        raise InvalidParameterValueException(text)
    configs(function)[qualifier] = wanted
    _later(self.current_account, self.region, function.function_name, qualifier, wanted)
    return 202, {}, json.dumps(_described(wanted))


@adds(LambdaResponse, _WHY)
def get_provisioned_concurrency_config(self: Any) -> str:
    """What was put. ProvisionedConcurrencyConfigNotFoundException without any."""
    function, qualifier = _asked(self)
    if qualifier not in configs(function):
        raise _Missing
    return json.dumps(_described(configs(function)[qualifier]))


@adds(LambdaResponse, _WHY)
def delete_provisioned_concurrency_config(self: Any) -> tuple[int, dict[str, Any], str]:
    """Keep none ready."""
    function, qualifier = _asked(self)
    if configs(function).pop(qualifier, None) is None:
        raise _Missing
    _later(self.current_account, self.region, function.function_name, qualifier, 0)
    return 204, {}, ""


@wraps(LambdaBackend, "update_alias", "what is kept ready is that of the version behind the alias")
def update_alias(original: Any, self: Any, name: str, function_name: str, **more: Any) -> Any:
    """Point it at another version, then keep that one ready in place of the one before."""
    function = self.get_function(function_name)
    wanted = configs(function).get(name, 0)
    before = _found(self.account_id, self.region_name, function.function_name, name) if wanted else None
    answer = original(self, name=name, function_name=function_name, **more)
    if before is not None:
        workers.start(pool.keep_none, before)
        _later(self.account_id, self.region_name, function.function_name, name, wanted)
    return answer


def _later(account: str, region: str, name: str, qualifier: str, wanted: int) -> None:
    """Start or stop keeping processes, once the call is answered. A journal that is replayed starts nothing."""
    found = _found(account, region, name, qualifier) if settings.url() else None
    if found is not None:
        workers.start(*((pool.keep_ready, found, wanted) if wanted else (pool.keep_none, found)))


def _found(account: str, region: str, name: str, qualifier: str) -> Function | None:
    """The version behind a qualifier, if it can run here."""
    try:
        found = find(account, region, name, qualifier)
    except UnknownFunction:
        return None
    return None if route.unsupported(found) else found


def configs(function: Any) -> dict[str, int]:
    """Qualifier -> environments, of a function; kept on its newest version, which stays the same object."""
    found: dict[str, int] = vars(function).setdefault("slipway_provisioned", {})
    return found


def _asked(response: Any) -> tuple[Any, str]:
    """The function and the qualifier of a request. InvalidParameterValueException for $LATEST, which cannot have any."""
    name, qualifier = unquote(response.path.split("/")[-2]), response.querystring.get("Qualifier", [""])[0]
    if qualifier in ("", "$LATEST"):
        raise InvalidParameterValueException("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    response.backend.get_function(name, qualifier if qualifier.isdigit() else None)
    return response.backend.get_function(name), qualifier


def _described(count: int) -> dict[str, Any]:
    numbers = dict.fromkeys(
        (
            "RequestedProvisionedConcurrentExecutions",
            "AvailableProvisionedConcurrentExecutions",
            "AllocatedProvisionedConcurrentExecutions",
        ),
        count,
    )
    return {**numbers, "Status": "READY", "LastModified": time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime())}

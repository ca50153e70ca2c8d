"""CloudWatch Logs on top of moto: saved Logs Insights queries."""

from __future__ import annotations

import json
import time
from typing import Any

from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.responses import LogsResponse
from moto.moto_api._internal import mock_random

from slipway.localaws.patches import adds

_LACKS = "moto has no query definitions"


def definitions(backend: Any) -> dict[str, dict[str, Any]]:
    """The query definitions of moto's backend of an account and region, by id."""
    found: dict[str, dict[str, Any]] = backend.__dict__.setdefault("slipway_query_definitions", {})
    return found


@adds(LogsResponse, _LACKS)
def put_query_definition(self: Any) -> str:
    """Make one, or with queryDefinitionId change one. A name stands for one definition only."""
    known = definitions(self.logs_backend)
    name, query, key = self._get_param("name"), self._get_param("queryString"), self._get_param("queryDefinitionId")
    for parameter, value, most in (("name", name, 255), ("queryString", query, 10_000)):
        if not value or len(value) > most:
            raise InvalidParameterException(parameter=parameter, value=value, constraint=f"Member must have length between 1 and {most}")
    if key and key not in known:
        raise ResourceNotFoundException(f"Query definition not found: {key}")
    if any(other["name"] == name and other_key != key for other_key, other in known.items()):
        raise InvalidParameterException(parameter="name", value=name, constraint="Member must be unique: a query definition has it")
    key = key or str(mock_random.uuid4())
    entry = {
        "queryDefinitionId": key,
        "name": name,
        "queryString": query,
        "queryLanguage": self._get_param("queryLanguage") or "CWLI",
        "lastModified": int(time.time() * 1000),
        "logGroupNames": self._get_param("logGroupNames") or [],
    }
    known[key] = entry
    return json.dumps({"queryDefinitionId": key})


@adds(LogsResponse, _LACKS)
def describe_query_definitions(self: Any) -> str:
    """Those whose name begins with queryDefinitionNamePrefix, by name, maxResults at a time."""
    prefix, most = self._get_param("queryDefinitionNamePrefix") or "", int(self._get_param("maxResults") or 1000)
    found = sorted((one for one in definitions(self.logs_backend).values() if one["name"].startswith(prefix)), key=lambda one: one["name"])
    first = int(self._get_param("nextToken") or 0)
    answer: dict[str, Any] = {"queryDefinitions": found[first : first + most]}
    if len(found) > first + most:
        answer["nextToken"] = str(first + most)
    return json.dumps(answer)


@adds(LogsResponse, _LACKS)
def delete_query_definition(self: Any) -> str:
    """Forget one."""
    key = self._get_param("queryDefinitionId")
    if definitions(self.logs_backend).pop(key, None) is None:
        raise ResourceNotFoundException(f"Query definition not found: {key}")
    return json.dumps({"success": True})

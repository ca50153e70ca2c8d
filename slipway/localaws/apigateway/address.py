"""Which API, stage and path a request is for: by the local path, by API Gateway's host name, or by a custom domain."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from moto.apigateway.models import apigateway_backends

from slipway.localaws.apigateway.snapshot import Resource, Snapshot
from slipway.localaws.lock import LOCK
from slipway.localaws.request import Environ

_LOCAL = re.compile(r"/restapis/([A-Za-z0-9-]+)/([^/]+)/_user_request_(/.*)?")
_HOST = re.compile(r"([a-z0-9]+)\.execute-api\.([a-z0-9-]+)\.amazonaws\.com")
_OWN_HOSTS = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Address:
    """`path` below the stage, `/` at least. `domain`: the custom domain that the request came by, or empty."""

    api: str
    stage: str
    path: str
    domain: str = ""


def read(environ: Environ) -> Address | None:
    """The address of a request to an API; None for every other request."""
    path = str(environ.get("PATH_INFO", "/"))
    if match := _LOCAL.fullmatch(path):
        return Address(match.group(1), match.group(2), match.group(3) or "/")
    host = str(environ.get("HTTP_HOST", "")).rsplit(":", 1)[0]
    if not host or host in _OWN_HOSTS:
        return None
    if match := _HOST.fullmatch(host):
        stage, _, rest = path.lstrip("/").partition("/")
        return Address(match.group(1), stage, "/" + rest)
    return None if host.endswith(".amazonaws.com") else _by_domain(host, path)


def _by_domain(host: str, path: str) -> Address | None:
    with LOCK:
        for _, _, backend in _backends():
            mappings = backend.base_path_mappings.get(host) if host in backend.domain_names else None
            if mappings is None:
                continue
            first, _, rest = path.lstrip("/").partition("/")
            if mapping := mappings.get(first):
                return Address(mapping.rest_api_id, mapping.stage or "", "/" + rest, host)
            if mapping := mappings.get("(none)"):
                return Address(mapping.rest_api_id, mapping.stage or "", path, host)
            return Address("", "", path, host)
    return None


def find(api_id: str) -> tuple[str, str, Any, Any] | None:
    """Account, region, backend and moto's API of an id; None when there is none. Called under the lock."""
    for account, region, backend in _backends():
        if api_id in backend.apis:
            return account, region, backend, backend.apis[api_id]
    return None


def _backends() -> list[tuple[str, str, Any]]:
    return [(account, region, one) for account, regions in list(apigateway_backends.items()) for region, one in list(regions.items())]


def resource(snapshot: Snapshot, path: str) -> tuple[Resource, dict[str, str]] | None:
    """The resource of a path and the values of its parameters. Fixed parts win over `{name}`, and that over `{name+}`."""
    parts = [part for part in path.split("/") if part]
    best: tuple[list[int], Resource, dict[str, str]] | None = None
    for one in snapshot.resources:
        found = _match([part for part in one.path.split("/") if part], parts) if one.methods else None
        if found is not None and (best is None or found[0] < best[0]):
            best = (found[0], one, found[1])
    return (best[1], best[2]) if best else None


def _match(pattern: list[str], parts: list[str]) -> tuple[list[int], dict[str, str]] | None:
    score: list[int] = []
    values: dict[str, str] = {}
    for index, wanted in enumerate(pattern):
        if wanted.endswith("+}"):
            if index >= len(parts):
                return None
            values[wanted[1:-2]] = "/".join(parts[index:])
            return [*score, 2], values
        if index >= len(parts):
            return None
        if wanted.startswith("{"):
            values[wanted[1:-1]] = parts[index]
            score.append(1)
        elif wanted == parts[index]:
            score.append(0)
        else:
            return None
    return (score, values) if len(pattern) == len(parts) else None

"""Requests to a load balancer's host name, as a proxy gets them: from the listener to a healthy target. Called without the lock."""

from __future__ import annotations

import itertools
import json
import logging
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from moto.elbv2.models import elbv2_backends

from slipway.containers.client import ConnectionFailed, Response
from slipway.localaws.elb import measure
from slipway.localaws.elb.target import Target, of_group
from slipway.localaws.lock import LOCK
from slipway.localaws.request import Environ, read_body
from slipway.localaws.responses import Answer

LOG = logging.getLogger("slipway.localaws")
_SUFFIX = ".elb.amazonaws.com"
_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[A-Za-z0-9-]+")
_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "content-length"})
_turns = itertools.count()


@dataclass(frozen=True)
class Place:
    """A host name below elb.amazonaws.com and a port."""

    host: str
    port: int


@dataclass(frozen=True)
class Route:
    """A load balancer, the target group its listener forwards to, and that group's targets as they are now."""

    account: str
    region: str
    balancer: Any
    group: Any
    targets: tuple[Target, ...]
    idle_seconds: float


def find(environ: Environ) -> Place | None:
    """Whether, and for which load balancer, a request is: in absolute form, as proxies get it, or by its Host."""
    address = urlsplit(str(environ.get("RAW_URI", "")))
    host = address.netloc or str(environ.get("HTTP_HOST", ""))
    name, _, port = host.lower().partition(":")
    if not name.endswith(_SUFFIX):
        return None
    return Place(name, int(port) if port.isdigit() else _PORTS.get(address.scheme or "http", 80))


def passed_on(environ: Environ) -> Answer | None:
    """The answer to a request that is for a load balancer, or that takes this server for a proxy; None for any other."""
    if str(environ.get("RAW_URI", "")).startswith("/") and _SUFFIX not in str(environ.get("HTTP_HOST", "")).lower():
        return None  # nearly every request: nothing is taken apart for it
    place = find(environ)
    return answer(place, environ) if place is not None else _foreign(environ)


def _foreign(environ: Environ) -> Answer | None:
    """The refusal of a request in absolute form for any other host: this is no proxy to the world."""
    address = urlsplit(str(environ.get("RAW_URI", "")))
    if not address.scheme or not address.netloc or address.hostname in ("127.0.0.1", "localhost"):
        return None
    read_body(environ)
    return _error(502, f"the local AWS passes requests on to load balancers only, not to {address.hostname}")


def answer(place: Place, environ: Environ) -> Answer:
    """The target's answer, or the load balancer's own 502, 503 or 504."""
    body = read_body(environ)
    route = _route(place)
    if route is None:
        return _error(502, f"no load balancer with a listener on port {place.port} is called {place.host}")
    target = _choose(route)
    if target is None:
        measure.own_answer(route, 503)
        return _error(503, "Service Temporarily Unavailable: no registered targets")
    try:
        found = target.send(environ["REQUEST_METHOD"], _path(environ), body, _headers(environ, place), route.idle_seconds)
    except ConnectionFailed as failed:
        status = 504 if "timed out" in failed.message.lower() else 502
        measure.own_answer(route, status)
        LOG.info("load balancer %s: %s", place.host, failed.message)
        return _error(status, {504: "Gateway Time-out", 502: "Bad Gateway"}[status])
    measure.target_answer(route, found)
    return _passed(found)


def _route(place: Place) -> Route | None:
    with LOCK:
        for account, regions in list(elbv2_backends.items()):
            for region, backend in list(regions.items()):
                for balancer in backend.load_balancers.values():
                    if str(balancer.dns_name).lower() == place.host:
                        return _listener(account, region, backend, balancer, place.port)
    return None


def _listener(account: str, region: str, backend: Any, balancer: Any, port: int) -> Route | None:
    listener = next((item for item in balancer.listeners.values() if int(item.port) == port), None)
    if listener is None:
        return None
    for action in listener.default_actions:
        arn = action.data.get("TargetGroupArn") or _first(action.data)
        if group := backend.target_groups.get(arn):
            idle = float(balancer.attrs.get("idle_timeout.timeout_seconds", 60))
            return Route(account, region, balancer, group, tuple(of_group(group).values()), idle)
    return None


def _first(action: dict[str, Any]) -> str:
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or [{}]
    return str(groups[0].get("TargetGroupArn", ""))


def _choose(route: Route) -> Target | None:
    """A healthy target in turn, or the least busy one; any target when none is healthy, as AWS does it (fail open)."""
    there = [target for target in route.targets if target.state != "draining"]
    up = [target for target in there if target.state == "healthy"] or there
    if not up:
        return None
    start = next(_turns) % len(up)
    order = up[start:] + up[:start]
    if route.group.attributes.get("load_balancing.algorithm.type") == "least_outstanding_requests":
        order.sort(key=lambda target: target.requests)
    return order[0]


def _path(environ: Environ) -> str:
    address = urlsplit(str(environ.get("RAW_URI", "")))
    path = address.path or "/"
    query = address.query or str(environ.get("QUERY_STRING", ""))
    return f"{path}?{query}" if query else path


def _headers(environ: Environ, place: Place) -> dict[str, str]:
    """The caller's headers with names that AWS lets through (drop_invalid_header_fields), and who asks."""
    given = {name[5:].replace("_", "-"): str(value) for name, value in environ.items() if name.startswith("HTTP_")}
    passed = {name: value for name, value in given.items() if name.lower() not in _HOP and _NAME.fullmatch(name)}
    if environ.get("CONTENT_TYPE"):
        passed["CONTENT-TYPE"] = environ["CONTENT_TYPE"]
    client = str(environ.get("REMOTE_ADDR", "127.0.0.1"))
    return {**passed, "HOST": place.host, "X-FORWARDED-FOR": client, "X-FORWARDED-PROTO": "http", "X-FORWARDED-PORT": str(place.port)}


def _passed(found: Response) -> Answer:
    headers = [(name.title(), value) for name, value in found.headers.items() if name not in _HOP]
    return Answer(found.status, headers, found.body)


def _error(status: int, text: str) -> Answer:
    return Answer(status, [("Content-Type", "application/json"), ("Server", "awselb/2.0")], json.dumps({"message": text}).encode())

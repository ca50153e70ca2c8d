"""A model behind an internal load balancer: POST /invocations, a connection for each request.

Lambda may freeze a process for longer than the load balancer keeps an idle connection, so none is kept.
"""

from __future__ import annotations

import http.client
import os
import socket
from urllib.parse import urlsplit

from .calls import Answer, Limits, joined
from .faults import Fault, from_model, timed_out
from .request import Invocation

PATH = "/invocations"
PROXY = "http_proxy"
"""Environment variable with a proxy for plain HTTP, as curl reads it. The local AWS sets it; on AWS there is none."""
_CHUNK = 65_536


def call(wanted: Invocation, limits: Limits, attempt: int) -> Answer:
    """The container's answer. The route's endpoint is the environment variable that holds the load balancer's address. Raises `Fault`."""
    connection, target = _connection(os.environ[wanted.route.endpoint], limits.read_timeout)
    try:
        connection.request("POST", target, wanted.body, {"Content-Type": wanted.content_type, "Accept": wanted.accept})
        response = connection.getresponse()
        body = joined(iter(lambda: response.read(_CHUNK), b""), limits)
    except TimeoutError as error:
        raise timed_out(type(error).__name__) from error
    except (http.client.HTTPException, OSError) as error:
        # A host name that does not resolve is a load balancer that is gone, or a network without names.
        reason = "name" if isinstance(error, socket.gaierror) else type(error).__name__
        raise Fault(502, "ENDPOINT_UNREACHABLE", "The connection to the endpoint broke.", reason) from error
    finally:
        connection.close()
    if not 200 <= response.status < 300:
        raise from_model(response.status)
    return Answer(response.status, body, _headers(response), attempt)


def _connection(address: str, seconds: float) -> tuple[http.client.HTTPConnection, str]:
    """A connection, and what to ask it for: the path, or all of the URL where a proxy stands between."""
    url = urlsplit(address)
    if url.scheme == "https":
        return http.client.HTTPSConnection(url.netloc, timeout=seconds), PATH
    proxy = urlsplit(os.environ.get(PROXY, ""))
    if proxy.netloc:
        return http.client.HTTPConnection(proxy.netloc, timeout=seconds), f"{address}{PATH}"
    return http.client.HTTPConnection(url.netloc, timeout=seconds), PATH


def _headers(response: http.client.HTTPResponse) -> dict[str, str]:
    kind = response.getheader("Content-Type")
    return {"Content-Type": kind} if kind else {}

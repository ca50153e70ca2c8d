"""Lambda's runtime API: how a container that is a function gets its events and answers them.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. Our own few lines, and neither of the two ready-made clients:
awslambdaric runs a Python handler in its own process, where this container has a server that is ready to be asked; AWS Lambda Web Adapter
does what `bridge.py` does, but is a binary for each processor, copied from another registry's image at build time, which is not there
where the container runs as plain processes (the local AWS has no engine), and it wants API Gateway's whole events to know what is HTTP.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

_VERSION = "2018-06-01"
_SECONDS = 10.0
"""Seconds Lambda's side gets to take an answer; the next event may take for ever."""
LARGEST_ANSWER = 6_291_556
"""Bytes of a function's answer (AWS Lambda quotas: 6 MB)."""


class RuntimeApiLost(Exception):
    """Lambda's side does not answer: the environment is at its end."""


@dataclass(frozen=True)
class Invocation:
    """One event. `deadline`: milliseconds since 1970 by which Lambda ends the environment."""

    request_id: str
    deadline: int
    event: bytes = field(repr=False)


class RuntimeApi:
    """The runtime API at `address` (host:port)."""

    def __init__(self, address: str) -> None:
        self._address = address

    def next(self) -> Invocation:
        """Wait for the next event, however long; the environment may be frozen meanwhile. Raises RuntimeApiLost."""
        _, headers, body = self._call("GET", "invocation/next")
        return Invocation(headers["lambda-runtime-aws-request-id"], int(headers.get("lambda-runtime-deadline-ms", "0")), body)

    def answer(self, request_id: str, body: bytes) -> None:
        """Answer an event, or report `Function.ResponseSizeTooLarge` when Lambda does not take as much. Raises RuntimeApiLost."""
        if len(body) <= LARGEST_ANSWER and self._call("POST", f"invocation/{request_id}/response", body)[0] != 413:
            return
        text = f"the answer has {len(body)} bytes as JSON; a function's may have {LARGEST_ANSWER}"
        self.fail(request_id, "Function.ResponseSizeTooLarge", text)

    def fail(self, request_id: str, kind: str, message: str) -> None:
        """Report that an event could not be answered: the invocation counts as an error. `kind` is `Category.Reason`."""
        self._report(f"invocation/{request_id}/error", kind, message)

    def fail_init(self, kind: str, message: str) -> None:
        """Report that the container could not be started. Raises RuntimeApiLost."""
        self._report("init/error", kind, message)

    def _report(self, path: str, kind: str, message: str) -> None:
        body = json.dumps({"errorType": kind, "errorMessage": message, "stackTrace": []}).encode()
        self._call("POST", path, body, {"Lambda-Runtime-Function-Error-Type": kind})

    def _call(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """A connection for each call: one that was open while the environment was frozen is of no use."""
        connection = HTTPConnection(self._address, timeout=None if method == "GET" else _SECONDS)
        try:
            connection.request(method, f"/{_VERSION}/runtime/{path}", body or None, {"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            content = response.read()
        except (OSError, HTTPException) as error:
            raise RuntimeApiLost(f"{method} {path}: {type(error).__name__}") from None
        finally:
            connection.close()
        if response.status >= 500 or (method == "GET" and response.status != 200):
            raise RuntimeApiLost(f"{method} {path}: {response.status}")
        return response.status, found, content

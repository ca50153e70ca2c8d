"""HTTP to a container: thread-safe, connections kept alive, no retries and no redirects."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slipway.errors import SlipwayError

if TYPE_CHECKING:
    from urllib3 import HTTPConnectionPool

_KEPT = 128
"""Idle connections kept; more may be open at one time."""


class ConnectionFailed(SlipwayError):
    """The container did not answer: refused, reset, closed or too slow. Nothing is known about what it did with the request."""


@dataclass(frozen=True)
class Response:
    """An answer. `headers` have lower-case names; `seconds` from the first byte sent to the last one received."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


class Client:
    """A pool of connections to 127.0.0.1:`port`, for any number of threads."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._pool: HTTPConnectionPool | None = None

    def request(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float = 70.0,
    ) -> Response:
        """Send one request and read the whole answer. An iterable body goes out in chunks (`Transfer-Encoding: chunked`).

        `timeout`: seconds to connect, and again between two packets of the answer. Raises ConnectionFailed.
        """
        from urllib3.exceptions import HTTPError

        started = time.monotonic()
        try:
            answer = self._connections().urlopen(
                method,
                path,
                body=body if not isinstance(body, bytes) or body or method in ("POST", "PUT") else None,
                headers=dict(headers or {}),
                retries=False,
                redirect=False,
                timeout=timeout,
                decode_content=False,
            )
        except (HTTPError, OSError) as error:
            raise ConnectionFailed(f"{method} {path} on port {self.port}: {_cause(error)}", fix="see the container's log") from None
        lower = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status, lower, answer.data, time.monotonic() - started)

    def close(self) -> None:
        """Close the connections that are idle."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _connections(self) -> HTTPConnectionPool:
        if self._pool is None:
            from urllib3 import HTTPConnectionPool

            self._pool = HTTPConnectionPool("127.0.0.1", self.port, maxsize=_KEPT, block=False)
        return self._pool


def _cause(error: BaseException) -> str:
    """The reason without urllib3's wrapping and addresses of objects."""
    text = str(error.args[-1] if error.args else error)
    return text.partition(">: ")[2] or text or type(error).__name__

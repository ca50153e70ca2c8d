"""The same handlers on granian's own interface."""

from __future__ import annotations

from typing import Any

import handlers

handlers.load()


async def app(scope: Any, protocol: Any) -> None:
    """/ping and /invocations."""
    if scope.path != "/invocations":
        protocol.response_str(200, [("content-type", "application/json")], "\n")
        return
    headers = scope.headers
    body = await protocol()
    status, answer, kind = handlers.answer(body, headers.get("content-type", ""), headers.get("accept", "application/json"))
    protocol.response_str(status, [("content-type", kind)], answer)

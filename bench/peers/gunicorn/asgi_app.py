"""A bare ASGI application: no framework at all between the server and the handlers."""

from __future__ import annotations

from typing import Any

import handlers

handlers.load()


async def app(scope: Any, receive: Any, send: Any) -> None:
    """/ping and /invocations; the prediction runs on the event loop."""
    if scope["type"] != "http":
        while scope["type"] == "lifespan":
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
        return
    status, answer, kind = 200, "\n", "application/json"
    if scope["path"] == "/invocations":
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        headers = dict(scope["headers"])
        accept = headers.get(b"accept", b"application/json").decode()
        status, answer, kind = handlers.answer(b"".join(parts), headers.get(b"content-type", b"").decode(), accept)
    content = answer.encode()
    fields = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": content})

"""Robyn: `python app.py --processes 2 --workers 1 --log-level WARN`, the port in SAGEMAKER_BIND_TO_PORT."""

from __future__ import annotations

import os

import handlers
from robyn import Request, Response, Robyn

app = Robyn(__file__)
handlers.load()


@app.get("/ping")
async def ping() -> Response:
    """200."""
    return Response(200, {}, "\n")


@app.post("/invocations")
async def invocations(request: Request) -> Response:
    """One prediction."""
    body = request.body
    kind, accept = request.headers.get("content-type") or "", request.headers.get("accept") or "application/json"
    status, text, media = handlers.answer(body.encode() if isinstance(body, str) else bytes(body), kind, accept)
    return Response(status, {"Content-Type": media}, text)


if __name__ == "__main__":
    app.start(host="127.0.0.1", port=int(os.environ["SAGEMAKER_BIND_TO_PORT"]))

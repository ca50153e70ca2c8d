"""FastAPI as its documentation has it for blocking work: the prediction runs in the thread pool."""

from __future__ import annotations

import handlers
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

app = FastAPI()
handlers.load()


@app.get("/ping")
async def ping() -> Response:
    """200."""
    return Response("\n")


@app.post("/invocations")
async def invocations(request: Request) -> Response:
    """One prediction."""
    kind, accept = request.headers.get("content-type", ""), request.headers.get("accept", "application/json")
    status, body, media = await run_in_threadpool(handlers.answer, await request.body(), kind, accept)
    return Response(body, status, media_type=media)

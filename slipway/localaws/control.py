"""The local AWS's own pages: health, inventory, reset. No AWS SDK ever asks for them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

from slipway.localaws import background, clock, connections, ecr, inside
from slipway.localaws.inventory import inventory
from slipway.localaws.lock import LOCK
from slipway.localaws.patches import moto_version
from slipway.localaws.responses import Answer, json_answer
from slipway.localaws.services import SERVICES

_DELIVERY = ("connections/complete", "repositories")
_BLOB = re.compile(r"ecr/(\d{12})/([a-z0-9-]+)/(.+)/(sha256:[0-9a-f]{64})")


class Control:
    """Answers `GET /_slipway/health`, `GET /_slipway/inventory[?account=ID]`, `POST /_slipway/reset`, image blobs, SNS
    confirmations, `POST /_slipway/connections/complete?arn=ARN` and `POST /_slipway/repositories?id=OWNER/NAME&path=PATH`.
    """

    def __init__(self, on_reset: Callable[[], None]) -> None:
        self._on_reset = on_reset
        self._started = time.time()

    def answer(self, method: str, page: str, query: str) -> Answer:
        """The answer to one page; 404 for any other."""
        if method == "POST" and page == "reset":
            reset(self._on_reset)
            return json_answer({"reset": True})
        if method == "POST" and page in _DELIVERY:
            return _delivery(page, {name: values[0] for name, values in parse_qs(query).items()})
        if method in ("GET", "HEAD"):
            if page == "health":
                return json_answer(self._health())
            if page == "sns/confirm":
                asked = {name: values[0] for name, values in parse_qs(query).items()}
                return inside.confirm_subscription(asked.get("TopicArn", ""), asked.get("Token", ""))
            if page == "inventory":
                with LOCK:
                    return json_answer(inventory(parse_qs(query).get("account", [""])[0]))
            if match := _BLOB.fullmatch(page):
                return self._blob(*match.groups())
        return json_answer({"error": f"no page {method} /_slipway/{page}"}, 404)

    def _health(self) -> dict[str, Any]:
        return {
            "status": "ok",
            "pid": os.getpid(),
            "started": self._started,
            "uptime_in_seconds": round(time.time() - self._started, 1),
            "moto": moto_version(),
            "speed": clock.speed(),
            "services": sorted(service.name for service in SERVICES.values()),
        }

    def _blob(self, account: str, region: str, repository: str, digest: str) -> Answer:
        blob = ecr.blob(account, region, repository, digest)
        if blob is None:
            return json_answer({"error": f"no layer {digest} in {account}/{region}/{repository}"}, 404)
        return Answer(200, [("Content-Type", "application/octet-stream")], blob)


def _delivery(page: str, asked: dict[str, str]) -> Answer:
    """What an owner of a connection does outside the API: complete it, and name the repository that it reaches."""
    if page == "repositories":
        path = Path(asked.get("path", ""))
        if not asked.get("id") or not (path / "HEAD").is_file():
            return json_answer({"error": f"id={asked.get('id')}, path={path}: not the name and path of a bare git repository"}, 400)
        connections.bind_repository(asked["id"], path)
        return json_answer({"id": asked["id"], "path": str(path)})
    try:
        with LOCK:
            return json_answer(connections.complete(asked.get("arn", "")))
    except connections.Refused as reason:
        return json_answer({"error": reason.args[1]}, 404)


def reset(also: Callable[[], None] = lambda: None) -> None:
    """Stop what runs and empty every account. Everything else the local AWS keeps hangs on moto's backends.

    `also` runs together with the emptying, under the same lock.
    """
    background.forget()
    with LOCK:
        BackendDict.reset()
        reset_model_data()
        also()

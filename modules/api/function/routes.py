"""What the function serves: `routes.json`, which the construct writes into the package."""

from __future__ import annotations

import functools
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROUTES = "ROUTES_FILE"
"""Environment variable that names another file, for tests and trials."""


@dataclass(frozen=True)
class Route:
    """One endpoint, and how it is called.

    `mode` is sync, stream, async, lambda or fargate. `endpoint`: the endpoint's name, for lambda the ARN of the function's alias, for
    fargate the environment variable that holds the URL of its load balancer. `input_bucket` and `input_prefix` are where an
    asynchronous body is put.
    """

    name: str
    endpoint: str
    mode: str
    content_types: tuple[str, ...]
    max_request_bytes: int
    request_headers: tuple[str, ...]
    input_bucket: str = ""
    input_prefix: str = ""


@dataclass(frozen=True)
class Settings:
    """All of `routes.json`. `routes` has keys such as `POST /endpoints/wine/invocations`; `timeout` is the function's, in seconds."""

    routes: dict[str, Route]
    timeout: int
    allow_origin: str | None = None

    @property
    def read_timeout(self) -> int:
        """Seconds an endpoint gets to answer: three less than the function has, so that there is time to say 504."""
        return self.timeout - 3

    def methods(self, resource: str) -> list[str]:
        """Methods that a path is served with."""
        return sorted(method for method, path in (key.split(" ", 1) for key in self.routes) if path == resource)


@functools.lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this package, read once for each process."""
    path = Path(os.environ.get(ROUTES) or Path(__file__).with_name("routes.json"))
    return parse(json.loads(path.read_text(encoding="utf-8")))


def parse(content: dict[str, Any]) -> Settings:
    """Settings from their JSON form."""
    routes = {key: Route(**{name: _value(value) for name, value in route.items()}) for key, route in content["routes"].items()}
    return Settings(routes, content["timeout"], content.get("allow_origin"))


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
